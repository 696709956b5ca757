-- Numbers, digits and times as lists of prompts, for call:play and call:read_digits.

local say = {}

-- Lists of sounds and single ones, one after the other.
function say.join(...)
  local all = {}
  for _, part in ipairs { ... } do
    for _, sound in ipairs(type(part) == "table" and part or { part }) do all[#all + 1] = sound end
  end
  return all
end

-- "11002" as one, one, zero, zero, two. What is no digit is not spoken; a list of sounds has its bound, so has this.
function say.digits(text)
  local sounds = {}
  for digit in text:sub(1, 18):gmatch("%d") do sounds[#sounds + 1] = "prompts/digit-" .. digit end
  return sounds
end

-- 0 to 99 as people say them; what is larger digit by digit.
function say.number(n)
  if n < 10 then return { "prompts/digit-" .. n } end
  if n > 99 then return say.digits(tostring(n)) end
  if n < 20 then return { "prompts/number-" .. n } end
  local tens = { "prompts/number-" .. n // 10 * 10 }
  if n % 10 > 0 then tens[2] = "prompts/digit-" .. n % 10 end
  return tens
end

-- 14:05 as fourteen, zero, five.
local function clock(hour, minute)
  local minutes = minute < 10 and { "prompts/digit-0", "prompts/digit-" .. minute } or say.number(minute)
  if minute == 0 then minutes = { "prompts/hours" } end
  return say.join("prompts/at", say.number(hour), minutes)
end

-- A moment in seconds since 1970: "today at ...", "yesterday at ...", "November 24 at ...".
function say.moment(at, now)
  local when, today = os.date("*t", at), os.date("*t", now)
  local yesterday = os.date("*t", now - 24 * 3600)
  local day
  if when.year == today.year and when.yday == today.yday then
    day = "prompts/today"
  elseif when.year == yesterday.year and when.yday == yesterday.yday then
    day = "prompts/yesterday"
  else
    day = say.join("prompts/month-" .. when.month, say.number(when.day))
  end
  return say.join(day, clock(when.hour, when.min))
end

return say
