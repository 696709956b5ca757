---@meta
-- What a dialplan can use, for the Lua language server. Made from the program itself by "ninja -C build reference".

---@class (exact) Caller
---@field number string
---@field name string
---@field restricted boolean

---@class Call
---@field id string "C-00a1f3c2b8": in each of its log lines and in its record
---@field dialled string the number, as it came
---@field context string where the number was looked up
---@field class string? how far the caller may call: the class of whoever is at the phone, "neutral" when nobody is; nil for trunks
---@field caller Caller number, name and restricted: what the called side is shown. To be read and written
---@field diversions table who sent it on before it came here, the latest first, as a trunk says: tables of number, name, restricted and reason ("user-busy", "no-answer", "unconditional", ...). Numbers are as the trunk's rules leave them
---@field vars table<string, string> text under names of your own, for other modules. To be read and written
---@field device table? the calling phone, as `directory.device` has it; nil for trunks
---@field user table? who is at the calling phone, as `directory.user` has it; nil when nobody is
---@field profile table? what a login has brought to the calling phone, as `directory.profile` has it; nil without one
local Call = {}

---Ends the call and never returns. The cause is a word ("normal", "busy", "no-answer", "rejected", "unallocated", "invalid-number", "forbidden", "congestion", ...) or a Q.850 number; a caller who is not answered yet gets the status that fits, and the text as its reason.
---```lua
---if not call.user then call:hangup("forbidden", "Not permitted while logged out") end
---```
---@param cause? string
---@param text? string
function Call:hangup(cause, text) end

---A header of the message that began the call, as the far end wrote it; nil when it has none of that name. It is hostile text: look at its form before you use it, and escape it before it goes into a url.
---```lua
---local alert = call:header("Alert-Info")
---if alert and alert:find("ringer=2", 1, true) then call.vars.ringer = "2" end
---```
---@param name string
---@return string?
function Call:header(name) end

---From here on it is that person's call, whoever's phone or trunk it came from: class, user and caller are the person's, and so is the entry in the books. Only after the person has shown who it is: verify_pin.
---```lua
---local user = directory.user("john.doe")
---if user then call:act_for(user.id) end
---```
---@param user string
function Call:act_for(user) end

---Does what the dialplan does for a number, in the call's own context unless another is named, and comes back when that handler returns. False where nothing fits. A handler that hangs up does not come back.
---```lua
---if not call:run("11002", "phones") then call:play("prompts/not-in-service") end
---```
---@param number string
---@param context? string
---@return boolean
function Call:run(number, context) end

---As the global `log`.
---```lua
---call:log("warning", "dialled by", call.caller.number)
---```
---@param level? string
---@param ... any
function Call:log(level, ...) end

---Answers the caller's leg, if it is not up yet. Everything that makes sound for the caller does it by itself.
---```lua
---call:answer()
---```
function Call:answer() end

---Gives a person another PIN, who knows the old one; the rules of extmobility.ini hold. The result is a table as that of login: outcome "done", "wrong" (the old one is), "refused" (with a text that says which rule) or "busy".
---```lua
---local result = call:change_pin { who = "11001", old = "719204", new = "350176" }
---if result.outcome ~= "done" then call:log(result.text) end
---```
---@param options string|table
---@return any result
function Call:change_pin(options) end

---Rings the targets, each after its delay, and joins the first that answers with the caller; the others are cancelled as answered elsewhere. A target is "user/ID" (every device where that person is), "sip/DEVICE" or "sip/TRUNK/NUMBER". Returns when the called side has hung up ("answered") or when nobody will answer any more: "busy", "rejected", "no-answer", "unavailable", "invalid-number" or "congestion"; or "voicemail" when a person has sent the caller there, by a key at a remote destination. With a person ring their remote destinations (Mobile Connect), each after its own delay; with `group`, or where several people are rung at once, as those of members of a hunt group. `headers` are sent along, names and texts: {["Alert-Info"] = "<urn:alert:source:external>"}; those that the protocol writes itself are refused. `emergency` passes every limit and sends `location` to the centre.
---```lua
---local outcome = call:dial { "user/jane.white", { "sip/pstn/+14085557001", delay = 4 }, timeout = 30 }
---if outcome == "busy" then call:hangup("busy") end
---```
---@param options string|table
---@return any outcome
function Call:dial(options) end

---Deletes a person's own greeting, so that the spoken one is heard again. False where there was none.
---```lua
---call:drop_greeting { user = "jane.white", kind = "busy" }
---```
---@param options string|table
---@return any gone
function Call:drop_greeting(options) end

---Throws away what was recorded, and the place for it.
---```lua
---local take = call:take_message { user = "jane.white" }
---call:drop_recording { id = take.id }
---```
---@param options string|table
function Call:drop_recording(options) end

---Answers the caller and sends its own sound back until it hangs up. Nothing after it in the extension is run.
---```lua
---call:echo()
---```
function Call:echo() end

---Puts a copy of a message into another person's box. Outcome "done", "no-mailbox" (also where there is no such message), "full" or "failed".
---```lua
---call:forward_message { user = "jane.white", id = 12, to = "john.doe" }
---```
---@param options string|table
---@return any result
function Call:forward_message(options) end

---Puts what was recorded where it belongs; it is on the disk when this returns. Outcome "saved" with seconds, "too-short", or "failed" with text.
---```lua
---local take = call:take_message { user = "jane.white", urgent = true }
---call:record { take.name }
---if call:keep_recording { id = take.id }.outcome == "saved" then call:play("prompts/message-saved") end
---```
---@param options string|table
---@return any result
function Call:keep_recording(options) end

---Sets where calls to the caller's own line go instead, and whether they want to be disturbed; what is left out stays, and line() only asks. A number is as the person would dial it, false or "off" for none. dnd is "off", "silent" (phones show calls and make no noise) or "reject" (calls find the line busy, and no remote destination rings). Returns the settings as they are then, on disk, with `done`, and `why` when the change was refused: nobody is logged in, or the person may not dial that number.
---```lua
---local line = call:line { forward_all = "914085557001" }
---if line.done then call:play("prompts/forward-on") end
---```
---@param options string|table
---@return any settings
function Call:line(options) end

---Logs somebody in at the calling phone. `who` is a user's id, extension or badge. The result is a table: outcome ("done", "wrong", "taken", "elsewhere", "choose", "pin-change", "busy", "not-here", "refused"), code (the published number, -1 when done) and text. With "choose" come profiles (or one_time_code) and continuation: call it again with continuation and profile (or one_time_code) instead of the PIN. Calls go by the new person from the next one on.
---```lua
---local result = call:login { who = "11001", pin = "719204" }
---if result.outcome == "done" then call:play("prompts/welcome") end
---```
---@param options string|table
---@return any result
function Call:login(options) end

---Logs out whoever is logged in at the calling phone. The result is a table as that of login; outcome "nobody" where nobody was.
---```lua
---if call:logout().outcome == "done" then call:play("prompts/goodbye") end
---```
---@return any result
function Call:logout() end

---A person's voice mailbox: a table of new, old and urgent (numbers of messages), ask_pin (whether a PIN is wanted at the person's own phone) and the own greetings, unavailable and busy, as sounds; nil where there is no mailbox.
---```lua
---local box = call.user and call:mailbox { user = call.user.id }
---if box and box.new > 0 then call:play("prompts/new-messages") end
---```
---@param options string|table
---@return any box
function Call:mailbox(options) end

---Makes a message "new", "heard", "saved" or "deleted". False where there is no such message any more.
---```lua
---call:mark_message { user = "jane.white", id = 12, state = "saved" }
---```
---@param options string|table
---@return any found
function Call:mark_message(options) end

---The messages in a person's box, urgent ones first, then the oldest; at most 100. Each is a table of id, sound (for call:play), number and name of the caller, at (seconds since 1970), seconds, state ("new", "heard" or "saved"), urgent, and forwarded_by.
---```lua
---for _, message in ipairs(call:messages { user = "jane.white", state = "new" }) do call:play(message.sound) end
---```
---@param options string|table
---@return any list
function Call:messages(options) end

---Whether a person's remote destinations ring with the line, and other things of Mobile Connect work for that person. With `on` it is switched first, and is on disk when this returns.
---```lua
---if not call:mobile_ringing { user = "john.doe" } then call:mobile_ringing { user = "john.doe", on = true } end
---```
---@param options string|table
---@return boolean
function Call:mobile_ringing(options) end

---The extension of whoever has this number as a remote destination, when calls from inside straight to it are to ring that person's line instead (reroute_to_office in mobileconnect.ini); nil when they are to go out. A dry run says nil.
---```lua
---local extension = call:office_number(call.dialled)
---if extension then call:dial { "user/" .. directory.number(extension).owner } end
---```
---@param number string
---@return string?
function Call:office_number(number) end

---Plays sounds to the caller, one after the other, and returns when they are over. A sound is the name of a WAV file below the sound folders without its ending ("prompts/goodbye"), "tone:busy" or another tone of tones.ini ("tone:busy/de": of another country), "music:default", "silence:500" (milliseconds) or "recording:NAME", what record has made. With seconds it is repeated and stopped after so long. Answers the call first, unless progress() has opened early media.
---```lua
---call:play { "prompts/not-in-service", "silence:500" }
---call:play { "tone:busy", seconds = 10 }
---```
---@param ... any
function Call:play(...) end

---Opens the way for sound before the answer (early media): what play then plays is heard, and the call is not answered yet.
---```lua
---call:progress()
---call:play("prompts/one-moment")
---call:dial("user/jane.white")
---```
function Call:progress() end

---Collects keys that the caller presses, by telephone-event or INFO. Returns them as text, without the terminator: when max of them have come, at the terminator, or when none came for timeout seconds after the prompt or the last key. With barge_in a key stops the prompt. Keys pressed before count too.
---```lua
---local digits = call:read_digits { prompt = "prompts/enter-extension", max = 5 }
---local found = directory.number(digits)
---if found and found.kind == "user" then call:dial("user/" .. found.owner) end
---```
---@param options string|table
---@return any digits
function Call:read_digits(options) end

---Looks whether a caller from outside is somebody of this office, at one of their remote destinations: the called side is then shown that person's extension and name, and the record names person and destination. Returns the user's id, nil when it is nobody's number, several people's, or withheld. Put the number into the form in which people here dial it first. It opens no way out: a number can be forged. With a number it only says whose destination that is.
---```lua
---if not call:recognise() then call:log(call.caller.number, "is a stranger") end
---```
---@param number? string
---@return string?
function Call:recognise(number) end

---Records the caller into NAME.wav in the folder for recordings, until a terminator is pressed, max seconds are full or so many seconds are silent; ended says which: "key", "max" or "silence".
---```lua
---call:play("prompts/leave-message")
---local message = call:record { "messages/" .. call.id, max = 120, silence = 3 }
---log(message.file .. ": " .. message.seconds .. " s, ended by " .. message.ended)
---```
---@param options string|table
---@return {file, seconds, ended}
function Call:record(options) end

---Records from now on what the caller says and hears, both in one, into NAME.wav in the folder for recordings, until the call ends.
---```lua
---call:record_call("calls/" .. call.id)
---call:dial("user/jane.white")
---```
---@param name any
function Call:record_call(name) end

---Tells the caller that it rings; a caller who is up already hears the ringback tone until something else is heard.
---```lua
---call:ringing()
---call:wait(2)
---call:answer()
---```
function Call:ringing() end

---Sends keys to the caller's leg as telephone-events, one after the other, and goes on at once.
---```lua
---call:answer()
---call:send_digits("123#")
---```
---@param digits any
function Call:send_digits(digits) end

---As take_message, for that person's own greeting: "unavailable", "busy" for when the line is, or "name". It takes the place of the old one at keep_recording.
---```lua
---local take = call:take_greeting { user = "jane.white", kind = "busy" }
---call:record { take.name, max = take.max }
---call:keep_recording { id = take.id }
---```
---@param options string|table
---@return any take
function Call:take_greeting(options) end

---A place for a message to that person, from this caller. The result's outcome is "record", with id, name, max and silence as call:record wants them, greeting, the person's own for a line that is busy or not answered, and person, the name as its owner speaks it (nil where nothing was recorded); or "no-mailbox", "full" or "failed". What is then recorded under that name becomes a message by keep_recording, and by itself if the caller hangs up in the middle and it is long enough.
---```lua
---local take = call:take_message { user = "jane.white" }
---if take.outcome == "record" then
---  call:record { take.name, max = take.max, silence = take.silence }
---  call:keep_recording { id = take.id }
---end
---```
---@param options string|table
---@return any take
function Call:take_message(options) end

---The caller, at a phone, goes on with the call that they have at their mobile: the one that they have just hung up there, else one that is on hold there, else the one that they are in. This call ends with that. Returns only when there is nothing to take, with the reason.
---```lua
---local reason = call:take_mobile_call()
---call:log(reason)
---call:play { "tone:congestion", seconds = 2 }
---```
---@return any reason
function Call:take_mobile_call() end

---Whether that is the person's PIN; nothing else happens. `who` is a user's id, extension or badge. The result is a table: outcome ("done", "wrong", "pin-change", "busy") and, when done, user. A wrong PIN counts as one at a login does, for the person and for the phone or the number that calls, and locks like one; a person who does not exist is "wrong" after the same time.
---```lua
---local shown = call:verify_pin { who = "11001", pin = "719204" }
---if shown.outcome == "done" then call:act_for(shown.user) end
---```
---@param options string|table
---@return any result
function Call:verify_pin(options) end

---Lets the call be for that long.
---```lua
---call:answer()
---call:wait(1.5)
---```
---@param seconds any
function Call:wait(seconds) end

---Writes a line to the log, with the call's id. The first argument may be a level: "debug", "info" (the default), "notice", "warning" or "error". `print` is the same.
---```lua
---log("warning", "somebody dialled", number)
---```
---@param level? string
---@param ... any
function log(level, ...) end

---As `log`.
---```lua
---print("hello", call.id)
---```
---@param ... any
function print(...) end

---People, phones and numbers. Only in a call: they change while the dialplan stays loaded.
directory = {}

---Whose number that is: a table of kind ("user", "device" or "service"), owner (a user's id, a device's or a service's name) and number; nil when nobody has it.
---```lua
---local found = directory.number("11001")
---if found and found.kind == "user" then call:dial{"user/" .. found.owner} end
---```
---@param digits string
---@return table?
function directory.number(digits) end

---A person: id, name, extension, class (how far that person may call), did (the number shown to the outside) and mailbox. Nil when there is none. Fields without a value are nil.
---```lua
---local user = directory.user("john.doe")
---if user then call.caller.name = user.name end
---```
---@param id string
---@return table?
function directory.user(id) end

---A phone: name, model, vendor, site, owner (whose desk it stands on), extension (its own while nobody is logged in) and label.
---```lua
---local device = directory.device("SEP001122330001")
---call:log(device and device.site)
---```
---@param name string
---@return table?
function directory.device(name) end

---A site: id, location (what an emergency centre is told), callback (its number) and zone (its time zone).
---```lua
---local site = call.device and directory.site(call.device.site)
---if site then call.caller.number = site.callback end
---```
---@param id string
---@return table?
function directory.site(id) end

---A profile, which a login brings to a phone: id, user, model, lines, speed_dials, locale, ring, music, class and dnd.
---```lua
---local profile = directory.profile("john-8841")
---call:log(profile and profile.user)
---```
---@param id string
---@return table?
function directory.profile(id) end

---Who is at a phone now: user (nil while nobody is logged in), the number, name and class with which it calls, profile, and logged_in (nil where it is that person's own phone, or neutral). Nil when there is no such phone.
---```lua
---local who = directory.occupant("SEP001122330001")
---if who and not who.user then call:log("nobody there") end
---```
---@param device string
---@return table?
function directory.occupant(device) end

---The names of the phones where a person is now, own ones first; at most 100. An empty table when the person is nowhere.
---```lua
---if #directory.devices_of("jane.white") == 0 then call:hangup("no-answer") end
---```
---@param user string
---@return string[]
function directory.devices_of(user) end

---What time it is, and whether that is within the hours that somebody wrote down.
time = {}

---The time here, as a table: year, month, day, hour, min, sec, weekday ("Mon"), epoch (seconds since 1970) and zone. "Here" is the zone that is named ("Europe/Berlin"), else that of the site where the caller's phone stands, else the machine's. A trace and a test may set the time.
---```lua
---local now = time.now("Europe/Berlin")
---call:log(now.weekday, now.hour .. ":" .. now.min)
---```
---@param zone? string
---@return table
function time.now(zone) end

---Whether it is now within a schedule: rules separated by ";", each of days, dates and times that must all fit; items separated by ",". "Mon-Fri 08:00-18:00; Sat 09:00-12:00", "12-24..12-26", "2026-12-24 08:00-12:00", "Fri 22:00-06:00" (until Saturday morning). The zone is found as for `time.now`.
---```lua
---if time.within("12-25..12-26") or not time.within("Mon-Fri 08:00-18:00") then
---  call:hangup("no-answer", "We are closed")
---end
---```
---@param schedule string
---@param zone? string
---@return boolean
function time.within(schedule, zone) end

---Questions to web servers: a customer's name, a line of a chat.
http = {}

---Asks a web server and waits for its answer, while other calls go on. Takes a url, or a table of url, headers (names and values), timeout (seconds, 5 unless given, at most 60) and max_size (bytes of the answer's body, at most 65536). Returns a table of status, body and headers (names in small letters), whatever the status, or of error alone, a sentence, when there is no answer. Only http and https; certificates are verified; up to 5 redirects are followed, none from https to http. When the call ends the request is dropped.
---```lua
---local answer = http.get{
---  url = "http://127.0.0.1:8080/customer?number=" .. http.escape(call.caller.number),
---  timeout = 2,
---}
---if answer.status == 200 then
---  local customer = json.decode(answer.body)
---  if customer then call.caller.name = customer.name end
---end
---```
---@param request string|table
---@return table
function http.get(request) end

---As `http.get`, with a body to send. Redirects are not followed.
---```lua
---local answer = http.post{
---  url = "http://127.0.0.1:8080/calls",
---  headers = {["Content-Type"] = "application/json"},
---  body = json.encode{caller = call.caller.number, dialled = number},
---}
---if answer.error then call:log("warning", answer.error) end
---```
---@param request table
---@return table
function http.post(request) end

---The text as it may stand in a url. What callers send (names, numbers, headers) is hostile until it has gone through here.
---```lua
---call:log("http://127.0.0.1:8080/?name=" .. http.escape(call.caller.name))
---```
---@param text string
---@return string
function http.escape(text) end

---Values as JSON text, for what http.get brings and http.post takes.
json = {}

---The value that a JSON text stands for; nil and a sentence when it is none, is longer than 64 KiB or nested too deeply. null becomes nil.
---```lua
---local customer = json.decode('{"name": "Smith", "vip": true}')
---if customer and customer.vip then call.vars.vip = "yes" end
---```
---@param text string
---@return any, string?
function json.decode(text) end

---The JSON text of a value. A table with positions 1, 2, 3 becomes an array, one with names an object, an empty one an array.
---```lua
---call:log(json.encode{caller = call.caller.number, wants = {"sales", "support"}})
---```
---@param value any
---@return string
function json.encode(value) end

---Facts that are told to whoever wants to know.
events = {}

---Tells an event to the dialplan's own handlers (see `on`) and to every module that listens. Names are written in the past tense with dots; those that begin with "call." are Tandem's own. It is told when the script next waits or ends.
---```lua
---events.publish("door.opened", {door = "front", by = call.caller.number})
---```
---@param name string
---@param data? table
function events.publish(name, data) end

---Defines a context: a table of extensions and of includes.
---```lua
---context "doors" {
---  include "inside",
---  ["_70X"] = function(call, number) call:dial { "sip/" .. number } end,
---}
---```
---@param name string
---@return fun(extensions: table)
function context(name) end

---Inside a context's table: what its own extensions do not fit is looked for there next.
---@param name string
---@return table
function include(name) end

---What a file of the dialplan's folder returns: `require "lib.people"` is lib/people.lua. Each file runs once a load.
---@param name string
---@return any
function require(name) end

---Calls a function with each event of that name: "call.started" and "call.ended" (call, context, dialled, caller, start, answer, "end", duration, disposition, cause, decisions, legs; times in seconds since 1970), "session.began" and "session.ended" (device, user, profile, version, since, until, door, by, state; why and by_hand when it has ended), "device.profile_changed" (device, profile, user, previous, version), or one that a module or `events.publish` tells. A handler has no call and cannot wait. One that fails is logged once; the others run all the same.
---```lua
---on("call.ended", function(e)
---  if e.disposition == "busy" then log(e.dialled, "was busy for", e.caller.number) end
---end)
---```
---@param event string
---@param handler fun(e: table)
function on(event, handler) end

---Answers a question that a module asks, such as "login" (may this person log in at this phone?). The function has no call and cannot wait; what it may return is up to the question. One function a name.
---```lua
---policy("login", function(q)
---  if q.site == "annex" and q.user ~= "john.doe" then return "Not at this site" end
---end)
---```
---@param name string
---@param decide fun(q: table): any
function policy(name, decide) end

