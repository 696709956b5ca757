-- Numbers as the trunk writes them, as E.164 has them, and as people here dial them.

local numbers = {}

local COUNTRY = "1"
local OUTSIDE_LINE = "9"
local INTERNATIONAL = "9011"

local TEN_DIGITS = "^%d%d%d%d%d%d%d%d%d%d$"
local ELEVEN_DIGITS = "^" .. COUNTRY .. "%d%d%d%d%d%d%d%d%d%d$"

function numbers.is_e164(number)
  return number:match("^%+[1-9]%d+$") ~= nil and #number <= 16
end

-- "4085551001" and "14085551001" as "+14085551001"; anything else stays as it is.
function numbers.e164(number)
  if number:match(TEN_DIGITS) then return "+" .. COUNTRY .. number end
  if number:match(ELEVEN_DIGITS) then return "+" .. number end
  return number
end

-- A caller's number as one would dial it here, so that it can be called back and compares with what people have stored.
function numbers.as_dialled_here(number)
  local digits = number:match("^%+?(%d+)$")
  if not digits then return number end
  if digits:match(TEN_DIGITS) and number == digits then return OUTSIDE_LINE .. COUNTRY .. digits end
  if digits:match(ELEVEN_DIGITS) then return OUTSIDE_LINE .. digits end
  if number ~= digits then return INTERNATIONAL .. digits end
  return number
end

return numbers
