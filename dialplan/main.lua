-- The sample office: what happens when somebody dials.
--
-- A context lists extensions. Of those that fit the dialled number the most specific one runs:
--   X is a digit, Z is 1 to 9, N is 2 to 9, [2-5] is one of these, "." is whatever follows.
-- Who has which number is the directory's business (configs/directory.ini); this page only says what is done with it.
-- After an edit: "dialplan reload", then "dialplan trace 11001 600" to see what would happen.

local emergency = require "lib.emergency"
local line      = require "lib.line"
local people    = require "lib.people"
local outside   = require "lib.outside"
local numbers   = require "lib.numbers"
local mobility  = require "lib.mobility"
local voicemail = require "lib.voicemail"
local access    = require "lib.access"

require "policy"  -- what is decided by rule: quiet hours, thresholds, who is shown

-- Every phone starts here, whoever is logged in at it.
context "phones" {
  include "emergency",
  include "own line",
  include "inside",
  include "outside",
  include "anything else",
}

-- First of all, with and without the 9 for an outside line: from any phone, in any state, past every limit.
context "emergency" {
  ["911"]  = emergency.call,
  ["112"]  = emergency.call,
  ["9911"] = emergency.call,
  ["9112"] = emergency.call,
}

-- People and phones, logging in and out by voice, voice messages, and the echo test.
context "inside" {
  ["_1XXXX"] = people.ring,

  ["*11"] = mobility.login,
  ["*12"] = mobility.logout,

  ["*97"] = voicemail.listen,
  ["*98"] = function(call) voicemail.from_elsewhere(call) end,

  ["5000"] = function(call) access.voice(call, voicemail.menu) end,
  ["5001"] = access.two_stage,

  -- Take my mobile call here. The verb comes back only when there is none.
  ["*74"] = function(call)
    call:take_mobile_call()
    call:progress()
    call:play { "tone:congestion", seconds = 2 }
    call:hangup("unallocated", "No call at a mobile")
  end,

  ["600"] = function(call)
    call:answer()
    call:echo()
  end,
}

-- Forwarding of all calls, and do not disturb.
context "own line" {
  ["_*72."] = line.forward,
  ["*72"]   = line.forward,
  ["*73"]   = line.forward_off,
  ["*78"]   = line.dnd,
  ["*79"]   = line.dnd_off,
}

-- An outside call is dialled with a 9 in front, or as +E.164, and leaves as +E.164. The caller's class decides how far it may go.
context "outside" {
  ["_9NXXNXXXXXX"]  = function(call, number) outside.dial(call, "national", "+1" .. number:sub(2)) end,
  ["_91NXXNXXXXXX"] = function(call, number) outside.dial(call, "national", "+" .. number:sub(2)) end,
  ["_+1NXXNXXXXXX"] = function(call, number) outside.dial(call, "national", number) end,
  ["_9011X."]       = function(call, number) outside.dial(call, "international", "+" .. number:sub(5)) end,
  ["_+X."]          = function(call, number) outside.dial(call, "international", number) end,
}

-- A number that means nothing here. At a phone with nobody logged in the reason is another one.
context "anything else" {
  ["_."] = function(call)
    outside.refuse_if_logged_out(call)
    call:hangup("unallocated")
  end,
}

-- Calls from outside ring the person whose outside number was dialled, however the trunk writes it. Somebody of the office who calls from a
-- mobile is shown with extension and name.
local function from_outside(call, number)
  call.caller.number = numbers.as_dialled_here(call.caller.number)
  people.recognise(call, numbers.e164(number))
  people.ring(call, numbers.e164(number))
end

-- One's own office line from a mobile, by voice menu (5000) or by keys alone (5001).
local function own_line(call, number)
  if number:sub(-1) == "1" then return access.two_stage(call) end
  access.voice(call, voicemail.menu)
end

context "pstn" {
  ["_500[01]"]         = own_line,
  ["_408555500[01]"]   = own_line,
  ["_1408555500[01]"]  = own_line,
  ["_+1408555500[01]"] = own_line,

  ["_+X."]         = from_outside,
  ["_1NXXNXXXXXX"] = from_outside,
  ["_NXXNXXXXXX"]  = from_outside,
}
