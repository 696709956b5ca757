-- Logging in and out by voice, from any phone: who, then the PIN. Everything else (is the PIN right, may this person be here, who is logged out
-- elsewhere) is decided by call:login.

local mobility = {}

local TRIES = 3
local SILENCE = 10  -- seconds for the first key

local SAID = {
  taken            = "prompts/login-taken",
  elsewhere        = "prompts/login-elsewhere",
  ["pin-change"]   = "prompts/pin-must-change",
  ["not-here"]     = "prompts/login-not-possible",
  refused          = "prompts/login-not-possible",
  busy             = "prompts/try-again",
}

local function ask(call, prompt, max)
  return call:read_digits { prompt = prompt, max = max, timeout = SILENCE, terminator = "#" }
end

-- Several profiles are counted out in the order in which they are told: 1 is the first.
local function answer_question(call, result)
  if result.one_time_code then
    return { continuation = result.continuation, one_time_code = ask(call, "prompts/enter-one-time-code", 8) }
  end
  local choice = tonumber(ask(call, "prompts/choose-profile", 1)) or 1
  return { continuation = result.continuation, profile = result.profiles[choice] or result.profiles[1] }
end

-- A new PIN, twice the same. True when it is in force.
local function new_pin(call, who, old)
  for _ = 1, TRIES do
    local pin = ask(call, "prompts/enter-new-pin", 32)
    if pin == "" then return nil end
    if ask(call, "prompts/enter-new-pin-again", 32) ~= pin then
      call:play("prompts/pin-not-same")
    else
      local result = call:change_pin { who = who, old = old, new = pin }
      if result.outcome == "done" then
        call:play("prompts/pin-changed")
        return pin
      end
      call:play("prompts/pin-not-accepted")
    end
  end
end

local function log_in(call)
  local who = ask(call, "prompts/enter-user", 24)
  local pin = ask(call, "prompts/enter-pin", 32)
  local result = call:login { who = who, pin = pin }
  if result.outcome == "pin-change" then
    call:play("prompts/pin-must-change")
    local new = new_pin(call, who, pin)
    if not new then return result end
    result = call:login { who = who, pin = new }
  end
  while result.outcome == "choose" do
    result = call:login(answer_question(call, result))
  end
  return result
end

function mobility.login(call)
  call:answer()
  for _ = 1, TRIES do
    local result = log_in(call)
    if result.outcome == "done" then
      call:play("prompts/logged-in")
      return call:hangup()
    elseif result.outcome ~= "wrong" then
      call:play(SAID[result.outcome] or SAID.refused)
      return call:hangup()
    end
    call:play("prompts/wrong-login")
  end
  call:play("prompts/goodbye")
  call:hangup()
end

function mobility.logout(call)
  call:answer()
  local result = call:logout()
  call:play(result.outcome == "done" and "prompts/logged-out-now" or "prompts/nobody-logged-in")
  call:hangup()
end

return mobility
