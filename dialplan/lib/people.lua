-- Ringing people and phones.

local voicemail = require "lib.voicemail"

local people = {}

local RING_SECONDS = 30

-- Rings whoever has this number: a person at every phone where that person is, or a phone that nobody is logged in at.
function people.ring(call, number)
  local found = directory.number(number)
  if not found or found.kind == "service" then
    call:hangup("unallocated")
  end

  local target = found.kind == "user" and "user/" .. found.owner or "sip/" .. found.owner
  local outcome = call:dial { target, timeout = RING_SECONDS }
  if found.kind == "user" then voicemail.leave(call, found.owner, outcome) end

  -- Without a mailbox busy, declined and not answered reach the caller as they are. That no phone is there to ring is said as "try again later".
  if outcome == "unavailable" then
    call:hangup("no-answer", "Temporarily unavailable")
  end
end

return people
