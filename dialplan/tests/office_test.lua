-- Tests of the sample office: "tandem -c configs dialplan test" runs them, without a switch and in a blink.
--
-- simulate { from = WHO, to = NUMBER } runs the dialplan for a call that does not exist. More, if you like:
--   user = "sam.night"            as if that person were logged in at the phone
--   at = "2026-12-24T18:30"       at that time; also "Fri 18:30" and "18:30"
--   answers = { dial = "busy" }   what the dialplan hears from call:dial; a list for one answer after the other, a function to decide.
--                                 The same for any verb, and for ["http.get"] and ["http.post"].
--   headers = { ["Alert-Info"] = "<urn:x>" }   what call:header finds
-- What comes back: ending ("busy", "forbidden"; nil when the script just returned), text, rung (all targets), steps (all verbs), caller,
-- vars, extension and context.

local numbers = require "lib.numbers"

local JOHN    = "SEP001122330001"
local NEUTRAL = "SEP0011223300A1"

test("an extension rings its person everywhere", function()
  local call = simulate { from = JOHN, to = "11002" }
  expect(call.rung, { "user/jane.white" })
  expect(call.caller.number, "11001")
  expect(call.ending, nil)
end)

test("a person whose phones are all away is said to be away for a while", function()
  local call = simulate { from = JOHN, to = "11002", answers = { dial = "unavailable" } }
  expect(call.ending, "no-answer")
  expect(call.text, "Temporarily unavailable")
end)

test("a call at the mobile is taken up at a phone, if there is one", function()
  local call = simulate { from = JOHN, to = "*74", answers = { take_mobile_call = "none", progress = true, play = true } }
  expect(call.steps[1].what, "take_mobile_call")
  expect(call.ending, "unallocated")
end)

test("emergency calls go out from any phone, whoever is there", function()
  for _, number in ipairs { "911", "112", "9911", "9112" } do
    local call = simulate { from = NEUTRAL, to = number }
    expect(call.rung, { "sip/pstn/" .. number:sub(-3) }, number)
    expect(call.steps[#call.steps].detail[1].emergency, true, number)
  end
end)

test("what a calling class may dial", function()
  local rows = {
    { "john.doe",   "94089717272",       nil },
    { "john.doe",   "9011442079460000",  nil },
    { "jane.white", "94089717272",       nil },
    { "jane.white", "9011442079460000",  "forbidden" },
    { "sam.night",  "94089717272",       "forbidden" },
  }
  for _, row in ipairs(rows) do
    local call = simulate { from = NEUTRAL, user = row[1], to = row[2] }
    expect(call.ending, row[3], row[1] .. " dials " .. row[2])
  end
end)

test("nobody calls outside from a phone where nobody is logged in", function()
  local call = simulate { from = NEUTRAL, to = "94089717272" }
  expect(call.ending, "forbidden")
  expect(call.text, "Not permitted while logged out")
end)

test("people set their own line by code", function()
  local rows = {
    { "*7211002", { forward_all = "11002" }, "prompts/forward-on" },
    { "*73",      { forward_all = "off" },   "prompts/forward-off" },
    { "*78",      { dnd = "reject" },        "prompts/dnd-on" },
    { "*79",      { dnd = "off" },           "prompts/dnd-off" },
  }
  for _, row in ipairs(rows) do
    local call = simulate { from = JOHN, to = row[1], answers = { answer = true, play = true, line = { done = true } } }
    expect(call.steps[2].what, "line", row[1])
    expect(call.steps[2].detail[1], row[2], row[1])
    expect(call.steps[3].detail[1], row[3], row[1])
  end
  local refused = simulate { from = JOHN, to = "*72900", answers = { answer = true, play = true, line = { done = false } } }
  expect(refused.steps[3].detail[1], "prompts/not-permitted")
  expect(simulate { from = NEUTRAL, to = "*78" }.ending, "forbidden")
end)

test("a call from outside rings the person whose number that is", function()
  local call = simulate { from = "pstn/+14085557001", to = "4085551001" }
  expect(call.rung, { "user/john.doe" })
  expect(call.caller.number, "914085557001")
end)

test("a caller from outside whom the office knows is shown as one of its people", function()
  local asked = false
  local call = simulate { from = "pstn/+14085557001", to = "4085551002", answers = {
    recognise = function() asked = true return "john.doe" end } }
  expect(asked, true)
  expect(call.rung, { "user/jane.white" })
end)

test("a mobile that is called from inside may be its person's line", function()
  local call = simulate { from = JOHN, to = "914085557002", answers = { office_number = "11002" } }
  expect(call.rung, { "user/jane.white" })
  call = simulate { from = JOHN, to = "914085557002" }
  expect(call.rung, { "sip/pstn/+14085557002" })
end)

test("numbers as they are dialled here", function()
  expect(numbers.as_dialled_here("+442079460000"), "9011442079460000")
  expect(numbers.e164("4085551001"), "+14085551001")
end)

-- A call to a feature code: what its verbs answer, beside those that say nothing.
local function by_voice(code, answers)
  answers.answer, answers.play = true, true
  local call = simulate { from = NEUTRAL, to = code, answers = answers }
  local said
  for _, step in ipairs(call.steps) do
    if step.what == "play" then said = step.detail[1] end
  end
  return said
end

test("logging in by voice: three tries, and every outcome is said", function()
  local who_and_pin = { "11001", "719204" }
  expect(by_voice("*11", { read_digits = who_and_pin, login = { outcome = "done" } }), "prompts/logged-in")
  expect(by_voice("*11", { read_digits = who_and_pin, login = { outcome = "taken" } }), "prompts/login-taken")
  expect(by_voice("*11", { read_digits = who_and_pin, login = { outcome = "unheard-of" } }), "prompts/login-not-possible")
  local tries = 0
  local said = by_voice("*11", {
    read_digits = function() return "1" end,
    login = function() tries = tries + 1 return { outcome = "wrong" } end,
  })
  expect(said, "prompts/goodbye")
  expect(tries, 3)
end)

test("logging in by voice: one of several profiles is chosen by its number", function()
  local asked = {}
  by_voice("*11", {
    read_digits = { "11003", "530968", "2" },
    login = function(request)
      asked[#asked + 1] = request
      if request.pin then return { outcome = "choose", profiles = { "sam-office", "sam-ward" }, continuation = "word" } end
      return { outcome = "done" }
    end,
  })
  expect(asked[2], { continuation = "word", profile = "sam-ward" })
end)

test("logging out by voice", function()
  expect(by_voice("*12", { logout = { outcome = "done" } }), "prompts/logged-out-now")
  expect(by_voice("*12", { logout = { outcome = "nobody" } }), "prompts/nobody-logged-in")
end)

-- A call that ends in Jane's mailbox: what was said last, and what the verbs were asked.
local function to_voicemail(answers)
  answers.answer, answers.play, answers.read_digits = true, true, answers.read_digits or ""
  answers.dial = answers.dial or "busy"
  answers.record = answers.record or { file = "x.wav", seconds = 5, ended = "silence" }
  answers.keep_recording = answers.keep_recording or { outcome = "saved", seconds = 5 }
  local call = simulate { from = JOHN, to = "11002", answers = answers }
  local heard = {}
  for _, step in ipairs(call.steps) do
    if step.what == "play" then heard = step.detail[1].list or step.detail[1] end
    if step.what == "read_digits" then call.greeting = step.detail[1].prompt end
  end
  call.said = type(heard) == "table" and heard[1] or heard
  return call
end

test("a busy line takes a message, with the greeting for a busy line", function()
  local asked
  local call = to_voicemail {
    take_message = function(request)
      asked = request
      return { outcome = "record", id = 7, name = "voicemail/7", max = 60 }
    end,
  }
  expect(asked, { user = "jane.white", busy = true })
  expect(call.greeting[1], "prompts/the-person-at-extension")
  expect(call.greeting[7], "prompts/is-on-the-phone")
  expect(call.said, "prompts/message-saved")
  expect(call.ending, "normal")
end)

test("one's own greeting takes the place of the spoken one", function()
  local call = to_voicemail {
    dial = "no-answer",
    take_message = { outcome = "record", id = 7, name = "voicemail/7", max = 60, greeting = "recording:voicemail/hello" },
  }
  expect(call.greeting, { "recording:voicemail/hello" })
end)

test("a full mailbox says so, and without one busy stays busy", function()
  expect(to_voicemail { take_message = { outcome = "full" } }.said, "prompts/mailbox-full")
  expect(to_voicemail { take_message = { outcome = "no-mailbox" } }.ending, nil)
  expect(to_voicemail { dial = "congestion", take_message = { outcome = "record" } }.ending, nil)
end)

test("after the message a key may take it back", function()
  local kept
  local keys = { "", "4", "1" }  -- no key during the greeting; then urgent, then send
  local call = to_voicemail {
    take_message = { outcome = "record", id = 7, name = "voicemail/7", max = 60 },
    record = { file = "x.wav", seconds = 5, ended = "key" },
    read_digits = keys,
    keep_recording = function(request)
      kept = request
      return { outcome = "saved", seconds = 5 }
    end,
  }
  expect(kept, { id = 7, urgent = true })
  expect(call.said, "prompts/message-saved")
end)

test("listening asks for the PIN, and only its owner hears the messages", function()
  local marked = {}
  local answers = {
    answer = true, play = true,
    mailbox = { new = 1, old = 0, urgent = 0, ask_pin = true },
    read_digits = { "719204", "1", "7", "*" },
    verify_pin = { outcome = "done", user = "john.doe" },
    messages = function(asked)
      if asked.state ~= "new" then return {} end
      return { { id = 3, sound = "recording:x", number = "11002", name = "", at = 0, seconds = 5, state = "new", urgent = false } }
    end,
    mark_message = function(asked) marked[#marked + 1] = asked.state return true end,
  }
  simulate { from = JOHN, to = "*97", answers = answers }
  expect(marked, { "heard", "deleted" })
  marked, answers.verify_pin, answers.read_digits = {}, { outcome = "wrong" }, "1"
  local call = simulate { from = JOHN, to = "*97", answers = answers }
  expect(marked, {})
  expect(call.ending, "normal")
end)

-- A call to voice access: who was asked for, and what was rung.
local function voice_access(from, to, keys, answers)
  answers = answers or {}
  answers.answer, answers.play = true, true
  answers.read_digits = keys
  local who
  answers.verify_pin = answers.verify_pin or function(asked)
    who = asked.who
    return { outcome = "done", user = "jane.white" }
  end
  local call = simulate { from = from, to = to, answers = answers }
  call.who = who
  return call
end

test("voice access: a known mobile is asked for the PIN alone", function()
  local call = voice_access("pstn/+14085557002", "5000", { "284615", "1", "94089717272", "*" }, {
    recognise = function(number) return not number and "jane.white" or nil end })
  expect(call.who, "jane.white")
  expect(call.rung, { "sip/pstn/+14089717272" })
  expect(call.caller.number, "+14085551002")
  local unknown = voice_access("pstn/+14085550000", "+14085555000", { "11002", "284615", "1", "11001", "*" })
  expect(unknown.who, "11002")
  expect(unknown.rung, { "user/john.doe" })
  expect(unknown.caller.number, "11002")
end)

test("voice access: a match alone opens nothing, and neither does a wrong PIN", function()
  local call = voice_access("pstn/+14085557002", "5000", "1", {
    recognise = "jane.white", verify_pin = { outcome = "wrong" } })
  expect(call.rung, {})
  expect(call.ending, "normal")
  call = voice_access("pstn/+14085557002", "5001", "94089717272", { recognise = "jane.white", verify_pin = { outcome = "wrong" } })
  expect(call.rung, {})
  expect(call.ending, "rejected")
end)

test("voice access: one's own class and no more", function()
  local call = voice_access("pstn/+14085557002", "5001", { "284615", "9011442079460000" }, {
    recognise = function(number) return not number and "jane.white" or nil end })
  expect(call.rung, {})
  expect(call.ending, "forbidden")
end)

test("voice access: the mobile's ringing on and off", function()
  local asked = {}
  voice_access("SEP001122330002", "5000", { "284615", "3", "2", "*" }, {
    mobile_ringing = function(request) asked[#asked + 1] = request return request.on end })
  expect(asked, { { user = "jane.white", on = false }, { user = "jane.white", on = true } })
end)

test("a PIN that must be changed is changed by voice", function()
  local changed
  local said = by_voice("*11", {
    read_digits = { "11001", "719204", "350176", "350176" },
    login = function(request)
      if request.pin == "350176" then return { outcome = "done" } end
      return { outcome = "pin-change" }
    end,
    change_pin = function(request) changed = request return { outcome = "done" } end,
  })
  expect(changed, { who = "11001", old = "719204", new = "350176" })
  expect(said, "prompts/logged-in")
end)
