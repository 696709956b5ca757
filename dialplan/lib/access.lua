-- Voice access: one's own office line from a mobile, or from any phone. By PIN, always: that a number outside is known says who it may be, not
-- who it is.

local say = require "lib.say"

local access = {}

local TRIES = 3
local SILENCE = 10  -- seconds for the first key
local TARGET_DIGITS = 24

function access.ask(call, prompt, max)
  return call:read_digits { prompt = prompt, max = max, timeout = SILENCE, terminator = "#" }
end

local REFUSED = {
  ["pin-change"] = "prompts/pin-must-change",
  busy           = "prompts/try-again",
}

-- Who calls, by extension (or the number of a phone outside) and PIN: the user's id, and the call is that person's from then on. Nil after
-- three wrong ones, or when there is a reason why no PIN would do. `who` is asked where it is not given; `silent` asks without words.
function access.shown(call, who, silent)
  for _ = 1, TRIES do
    local id = who or access.ask(call, "prompts/enter-extension", TARGET_DIGITS)
    local pin = access.ask(call, not silent and "prompts/enter-pin" or nil, 32)
    local result = call:verify_pin { who = id, pin = pin }
    if result.outcome == "done" then
      call:act_for(result.user)
      return result.user
    elseif REFUSED[result.outcome] then
      call:play(REFUSED[result.outcome])
      return nil
    end
    if not silent then call:play("prompts/wrong-login") end
  end
  return nil
end

return access
