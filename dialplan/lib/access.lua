-- Voice access: one's own office line from a mobile, or from any phone. By PIN, always: that a number outside is known says who it may be, not
-- who it is, since numbers can be forged.

local numbers = require "lib.numbers"

local access = {}

local TRIES = 3
local SILENCE = 10  -- seconds for the first key
local PAUSE = 5     -- seconds for a key of a menu
local TARGET_DIGITS = 24

function access.ask(call, prompt, max)
  return call:read_digits { prompt = prompt, max = max, timeout = SILENCE, terminator = "#" }
end

-- What a verb says that may be missing with its module; nil then.
local function ask_module(call, verb, argument)
  local there, answer = pcall(function() return call[verb](call, argument) end)
  if there then return answer end
end

local REFUSED = {
  ["pin-change"] = "prompts/pin-must-change",
  busy           = "prompts/try-again",
}

-- The number of a phone outside stands for its owner; anything else is asked for as it is.
local function typed_owner(call, typed)
  return #typed >= 7 and ask_module(call, "recognise", numbers.as_dialled_here(typed)) or typed
end

-- Who calls, by extension (or the number of a phone outside) and PIN: the user's id, and the call is that person's from then on. Nil after
-- three wrong ones, or when there is a reason why no PIN would do. `who` is asked where it is not given; `silent` asks without words.
-- Whether the person or the PIN is wrong makes no difference in what is said, and when.
function access.shown(call, who, silent)
  for _ = 1, TRIES do
    local id = who or typed_owner(call, access.ask(call, not silent and "prompts/enter-extension" or nil, TARGET_DIGITS))
    local pin = access.ask(call, not silent and "prompts/enter-pin" or nil, 32)
    local result = call:verify_pin { who = id, pin = pin }
    if result.outcome == "done" then
      call:act_for(result.user)
      return result.user
    elseif REFUSED[result.outcome] then
      if not silent then call:play(REFUSED[result.outcome]) end
      return nil
    end
    if not silent then call:play("prompts/wrong-login") end
  end
  return nil
end

-- Whom the phone that calls belongs to: it is asked for the PIN alone.
local function caller_is(call)
  if call.user then return call.user.id end
  call.caller.number = numbers.as_dialled_here(call.caller.number)
  return ask_module(call, "recognise")
end

-- Any number that this person could dial at the desk, as the office shows it there. Comes back when it was busy or not answered.
local function dial(call)
  local number = access.ask(call, "prompts/enter-number", TARGET_DIGITS)
  if number == "" then return end
  if not call:run(number, "phones") then call:play("prompts/not-in-service") end
end

local function ringing(call, user, on)
  local now = ask_module(call, "mobile_ringing", { user = user, on = on })
  call:play(now == nil and "prompts/not-possible" or now and "prompts/ringing-is-on" or "prompts/ringing-is-off")
end

-- 5000: a menu. `messages` is what its key 4 does.
function access.voice(call, messages)
  call:answer()
  local user = access.shown(call, caller_is(call))
  local silent = 0
  while user and silent < TRIES do
    local pressed = call:read_digits { prompt = "prompts/access-menu", max = 1, timeout = PAUSE, terminator = "" }
    silent = pressed == "" and silent + 1 or 0
    if pressed == "1" then
      dial(call)
    elseif pressed == "2" then
      ringing(call, user, true)
    elseif pressed == "3" then
      ringing(call, user, false)
    elseif pressed == "4" then
      messages(call, user)
    elseif pressed == "*" then
      break
    end
  end
  call:play("prompts/goodbye")
  call:hangup()
end

-- 5001: the same without words, for phones that dial it all by themselves: PIN # number #. A phone that nobody knows begins with its owner's
-- extension #.
function access.two_stage(call)
  call:answer()
  if not access.shown(call, caller_is(call), true) then call:hangup("rejected") end
  local number = access.ask(call, nil, TARGET_DIGITS)
  if number ~= "" and call:run(number, "phones") then call:hangup() end
  call:play { "tone:congestion", seconds = 3 }
  call:hangup("unallocated")
end

return access
