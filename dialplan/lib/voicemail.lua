-- Leaving messages for people who are not there, and listening to one's own. What a message is, how many there may be and where they are kept
-- is app_voicemail's business (configs/voicemail.ini); what callers hear and which keys they have is here.

local access = require "lib.access"
local say = require "lib.say"

local voicemail = {}

local TRIES = 3
local PAUSE = 5  -- seconds for a key, after a menu

-- Any one key, "*" and "#" too; empty when none was pressed.
local function key(call, prompt, timeout)
  return call:read_digits { prompt = prompt, max = 1, timeout = timeout or PAUSE, terminator = "" }
end

local function finish(call, sounds)
  call:play(say.join(sounds, "prompts/goodbye"))
  call:hangup()
end

-- Sound that a message can do without: a prompt may not have been spoken at build time.
local function try_key(call, prompt)
  local heard, pressed = pcall(key, call, prompt, 0.05)
  return heard and pressed or ""
end

---------------------------------------------------------------------------------------------------------------------------------------------
-- Leaving a message

local function greeting(user, take, busy)
  if take.greeting then return { take.greeting } end
  local who = take.person and { take.person } or say.join("prompts/the-person-at-extension", say.digits(user.extension))
  return say.join(who, busy and "prompts/is-on-the-phone" or "prompts/is-not-available", "prompts/leave-message")
end

-- What was said, once the caller has pressed a key: kept unless the caller wants it otherwise, also when no further key comes.
local function review(call, take)
  for _ = 1, TRIES do
    local pressed = key(call, { "prompts/review-message" })
    if pressed == "2" then
      call:play("recording:" .. take.name)
    elseif pressed == "3" then
      call:record { take.name, max = take.max, silence = take.silence }
    elseif pressed == "4" then
      take.urgent = true
      call:play("prompts/marked-urgent")
    else
      return
    end
  end
end

local KEPT = {
  saved         = "prompts/message-saved",
  ["too-short"] = "prompts/message-too-short",
  failed        = "prompts/voicemail-not-possible",
}

local function record(call, take)
  -- When the disk refuses, the verb fails: the caller is told, and what there is of the message is kept if it can be.
  local done, recorded = pcall(function()
    return call:record { take.name, max = take.max, silence = take.silence }
  end)
  if done and recorded.ended == "key" then review(call, take) end
  local kept = call:keep_recording { id = take.id, urgent = take.urgent or false }
  finish(call, { KEPT[kept.outcome] or KEPT.failed })
end

local TAKES = { busy = true, rejected = true, unavailable = true, voicemail = true, ["no-answer"] = true }

-- After a line was busy or not answered. Takes a message and hangs up; false where the person has no mailbox, and nothing was heard then.
function voicemail.leave(call, id, outcome)
  local user = directory.user(id)
  if not user or not user.mailbox or not TAKES[outcome] then return false end
  local busy = outcome == "busy"
  local loaded, take = pcall(function() return call:take_message { user = id, busy = busy } end)
  if not loaded or take.outcome == "no-mailbox" then return false end
  if take.outcome == "full" then finish(call, { "prompts/mailbox-full" }) end
  if take.outcome ~= "record" then finish(call, { "prompts/voicemail-not-possible" }) end

  call:answer()
  local pressed = try_key(call, greeting(user, take, busy))
  if pressed == "*" then  -- its owner, calling from elsewhere
    call:drop_recording { id = take.id }
    return voicemail.from_elsewhere(call, user.extension)
  end
  record(call, take)
end

---------------------------------------------------------------------------------------------------------------------------------------------
-- Listening

local function envelope(message)
  local from = message.number:match("%d") and say.join("prompts/from", say.digits(message.number)) or { "prompts/from-unknown" }
  local head = message.urgent and { "prompts/urgent-message" } or { "prompts/message" }
  return say.join(head, from, say.moment(message.at, time.now().epoch))
end

local function call_back(call, message)
  local number = message.number:gsub("[^%d*#+]", "")
  if number == "" then return call:play("prompts/number-not-known") end
  call:play("prompts/one-moment")
  if not call:run(number, "phones") then call:play("prompts/not-in-service") end
end

local function forward(call, user, message)
  local extension = access.ask(call, "prompts/enter-extension", 24)
  local found = directory.number(extension)
  if not found or found.kind ~= "user" then return call:play("prompts/not-in-service") end
  local result = call:forward_message { user = user, id = message.id, to = found.owner }
  call:play(result.outcome == "done" and "prompts/message-forwarded" or "prompts/mailbox-full")
end

local function mark(call, user, message, state)
  call:mark_message { user = user, id = message.id, state = state }
  message.state = state
end

-- One message, until the listener goes on. Returns by how many to go on; nil: back to the menu.
local function listen_to(call, user, message)
  local pressed = key(call, say.join(envelope(message), "silence:300", message.sound, "prompts/message-menu"))
  if message.state == "new" then mark(call, user, message, "heard") end
  while true do
    if pressed == "4" then return -1 end
    if pressed == "5" then return 0 end
    if pressed == "6" then return 1 end
    if pressed == "3" then
      call_back(call, message)
    elseif pressed == "7" then
      mark(call, user, message, "deleted")
      call:play("prompts/message-deleted")
      return 1
    elseif pressed == "8" then
      forward(call, user, message)
    elseif pressed == "9" then
      mark(call, user, message, "saved")
      call:play("prompts/message-kept")
      return 1
    else
      return nil
    end
    pressed = key(call, "prompts/message-menu")
  end
end

local function listen_to_all(call, user, state)
  local messages = call:messages { user = user, state = state }
  if state ~= "new" then
    for _, message in ipairs(call:messages { user = user, state = "saved" }) do messages[#messages + 1] = message end
  end
  if #messages == 0 then return call:play("prompts/no-messages") end
  local at = 1
  while messages[at] do
    if messages[at].state == "deleted" then
      at = at + 1
    else
      local step = listen_to(call, user, messages[at])
      if not step then return end
      at = at + step
      if at < 1 then at = 1 end
    end
  end
  call:play("prompts/no-more-messages")
end

local GREETINGS = { ["1"] = "unavailable", ["2"] = "busy", ["3"] = "name" }

local function record_greeting(call, user, kind)
  call:play("prompts/speak-after-tone")
  local take = call:take_greeting { user = user, kind = kind }
  if take.outcome ~= "record" then return call:play("prompts/voicemail-not-possible") end
  for _ = 1, TRIES do
    call:record { take.name, max = take.max }
    call:play("recording:" .. take.name)
    local pressed = key(call, "prompts/greeting-review")
    if pressed == "1" then
      local kept = call:keep_recording { id = take.id }
      return call:play(kept.outcome == "saved" and "prompts/greeting-saved" or "prompts/message-too-short")
    elseif pressed ~= "2" then
      break
    end
  end
  call:drop_recording { id = take.id }
end

local function greetings(call, user)
  for _ = 1, TRIES do
    local kind = GREETINGS[key(call, "prompts/greeting-menu")]
    if not kind then return end
    local pressed = key(call, "prompts/greeting-choice")
    if pressed == "1" then
      record_greeting(call, user, kind)
    elseif pressed == "2" then
      local own = call:mailbox { user = user }[kind]
      call:play(own or "prompts/no-greeting")
    elseif pressed == "3" then
      call:drop_greeting { user = user, kind = kind }
      call:play("prompts/greeting-deleted")
    end
  end
end

local function counts(box)
  local new = say.join("prompts/you-have", say.number(box.new), box.new == 1 and "prompts/new-message" or "prompts/new-messages")
  if box.old == 0 then return new end
  return say.join(new, "prompts/and", say.number(box.old), box.old == 1 and "prompts/old-message" or "prompts/old-messages")
end

-- The box of somebody who has shown who it is.
function voicemail.menu(call, user)
  local box = call:mailbox { user = user }
  if not box then return call:play("prompts/no-mailbox") end
  local silent, first = 0, counts(box)
  while silent < TRIES do
    local pressed = key(call, say.join(first, "prompts/mailbox-menu"))
    first = {}
    silent = pressed == "" and silent + 1 or 0
    if pressed == "1" then
      listen_to_all(call, user, "new")
    elseif pressed == "2" then
      listen_to_all(call, user, "heard")
    elseif pressed == "3" then
      greetings(call, user)
    elseif pressed == "*" or pressed == "#" then
      return
    end
  end
end

-- *97: whoever is at the phone.
function voicemail.listen(call)
  call:answer()
  local user = call.user
  if not user then finish(call, { "prompts/nobody-logged-in" }) end
  local box = call:mailbox { user = user.id }
  if not box then finish(call, { "prompts/no-mailbox" }) end
  if box.ask_pin and not access.shown(call, user.extension) then finish(call, {}) end
  voicemail.menu(call, user.id)
  finish(call, {})
end

-- *98, or the key * during one's own greeting: from anybody's phone, by extension and PIN.
function voicemail.from_elsewhere(call, extension)
  call:answer()
  local user = access.shown(call, extension)
  if user then voicemail.menu(call, user) end
  finish(call, {})
end

return voicemail
