-- What this office decides by rule, beyond what its files and its people have set. A policy that is not there costs nothing; three that many
-- ask for are made in lib/reach.lua. Take the dashes away from what you want, then "dialplan reload"; "mobile test 914085559999 11001 at
-- 23:00" says what comes of it. Only one function answers a question: write your own where one of these does not say enough.

local reach = require "lib.reach"

-- At night mobiles stay silent, but for those who may wake you.
-- policy("access", reach.quiet_hours { "22:00-07:00", except = { "+14085559999" } })

-- Mobiles wait longer for calls from inside: the desk is tried first.
-- policy("ring_threshold", reach.thresholds { inside = 8, outside = 2 })

-- The carrier refuses numbers that are not ours.
-- policy("caller_id", reach.office_number { trunk = "pstn", number = "+14085551000" })
