-- What APISIX does between a ClientHello and an answer, for tests: which ssl object serves a name, with which pair, and whom it
-- verifies. A tree of bytes, with the same calls into OpenSSL; nothing here knows of gitops-tls.

local ssl = require "ngx.ssl"
local hello = require "ngx.ssl.clienthello"

local peer = {}

-- Names are stored backwards. `*`, now at the end, leaves a mark where it would begin: anything may follow there.
local function new_tree(objects)
    local tree = { below = {} }
    for _, object in ipairs(objects) do
        object.backwards = {}
        for _, name in ipairs(object.snis) do
            local text = name:lower():gsub("%.$", ""):reverse()
            object.backwards[#object.backwards + 1] = text
            local at = tree
            local stem = text:gsub("%*$", "")
            for index = 1, #stem do
                local byte = stem:byte(index)
                at.below[byte] = at.below[byte] or { below = {} }
                at = at.below[byte]
            end
            local mark = #stem < #text and "wild" or "whole"
            at[mark] = at[mark] or object
        end
    end
    return tree
end

local function find(tree, name)
    local text = name:lower():gsub("%.$", ""):reverse()
    local at, best = tree, tree.wild
    for index = 1, #text do
        at = at.below[text:byte(index)]
        if not at then
            break
        end
        best = at.wild or best
    end
    local object = at and at.whole or best
    if not object then
        return nil
    end
    if object.single then
        local one = object.backwards[1]
        return (one == "*" or not text:find(".", #one, true)) and object or nil
    end
    for _, one in ipairs(object.backwards) do
        if one == text or not text:find(".", #one, true) then
            return object
        end
    end
    return nil
end

function peer.load(worlds)
    peer.trees = {}
    for number, objects in ipairs(worlds) do
        peer.trees[number] = new_tree(objects)
    end
end

local function end_handshake(why)
    ngx.log(ngx.ERR, why)
    return ngx.exit(ngx.ERROR)
end

function peer.client_hello(world)
    local name = hello.get_client_hello_server_name()
    if not name then
        return end_handshake("failed to find SNI")
    end
    if not find(peer.trees[world], name) then
        return end_handshake("failed to match any SSL certificate by SNI: " .. name)
    end
end

local function set(what, parse, install, pem)
    local parsed, problem = parse(pem)
    local done = parsed and install(parsed)
    if not done then
        end_handshake("failed to set " .. what .. ": " .. tostring(problem))
    end
    return done
end

function peer.certificate(world)
    local object = find(peer.trees[world], ssl.server_name())
    ssl.clear_certs()
    if not set("certificate", ssl.parse_pem_cert, ssl.set_cert, object.cert) then
        return
    end
    if not set("key", ssl.parse_pem_priv_key, ssl.set_priv_key, object.key) then
        return
    end
    if object.ca then
        set("CA", ssl.parse_pem_cert, function(ca) return ssl.verify_client(ca, object.depth) end, object.ca)
    end
end

function peer.access(world)
    local object = find(peer.trees[world], ngx.var.ssl_server_name)
    if not object.ca or ngx.var.ssl_client_verify == "SUCCESS" then
        return
    end
    for _, pattern in ipairs(object.skips) do
        if ngx.re.match(ngx.var.uri, pattern, "jo") then
            return
        end
    end
    return ngx.exit(400)
end

return peer
