-- What people set for their own line by dialling a code: where calls go instead, and whether they want to be disturbed. Everything else (may
-- this person dial that number, who is at this phone) is decided by call:line.

local outside = require "lib.outside"

local line = {}

local SILENCE = 10  -- seconds for the first key

local function set(call, change, said)
  outside.refuse_if_logged_out(call)
  call:answer()
  local now = call:line(change)
  call:play(now.done and said or "prompts/not-permitted")
  call:hangup()
end

-- "*72" and then the number, in one or after the question.
function line.forward(call, dialled)
  outside.refuse_if_logged_out(call)
  local number = dialled:sub(4)
  if number == "" then
    call:answer()
    number = call:read_digits { prompt = "prompts/enter-extension", max = 20, timeout = SILENCE, terminator = "#" }
    if number == "" then
      call:play("prompts/goodbye")
      call:hangup()
    end
  end
  set(call, { forward_all = number }, "prompts/forward-on")
end

function line.forward_off(call) set(call, { forward_all = "off" }, "prompts/forward-off") end
function line.dnd(call) set(call, { dnd = "reject" }, "prompts/dnd-on") end
function line.dnd_off(call) set(call, { dnd = "off" }, "prompts/dnd-off") end

return line
