// What the reference says around the generated parts.
#pragma once

namespace tandem {

inline constexpr char kReferenceHead[] = R"md(# The dialplan

Made from the program itself by `ninja -C build reference`; each example here is run by the tests. Whoever runs other modules asks a running
Tandem for the page with their verbs: `tandem "dialplan reference"`.

`dialplan/main.lua` says what happens when somebody dials. It is Lua 5.4. A *context* lists extensions, each a function that gets the call and
the number that was dialled. It runs as a coroutine: what waits (ringing somebody, a question to a web server) reads as if it took its time, while
all other calls go on.

```lua
context "phones" {
  include "emergency",

  ["600"] = function(call)
    call:answer()
    call:echo()
  end,

  ["_1XXXX"] = function(call, number)
    local found = directory.number(number)
    if not found or found.kind ~= "user" then call:hangup("unallocated") end
    call:dial { "user/" .. found.owner, timeout = 30 }
  end,
}
```

Patterns begin with "_": `X` is 0-9, `Z` 1-9, `N` 2-9, `[15-7]` one of those, `.` the rest (one or more), `!` the rest (possibly none). The most
specific that fits is run; a context's own extensions come before those it includes. Every phone starts in context "phones", a trunk where its
section in `sip.ini` says.

- `tandem dialplan reload` loads it anew. Calls in progress finish on what they began with; a mistake leaves the old dialplan in force and is named
  with file and line.
- `tandem dialplan trace 11001 94085551234` says what would happen, decision by decision; `... at "2026-12-24T18:30"` when.
- `tandem -c configs dialplan test` runs the tests in `dialplan/tests`; `office_test.lua` there shows how they are written.
- An editor with the Lua language server completes and checks by `contrib/lua/tandem.lua` (`.luarc.json` names it).

A script that fails ends its call: the caller hears 500, the log has one line with file, line and call, the record too. Nobody else notices. A
script that has asked for nothing but returns ends its call as well: normally when it was answered, else with the reason of the last dial.

)md";

inline constexpr char kCallText[] = R"md(What a handler gets first. It is this script's alone and ends with it.

)md";

inline constexpr char kVerbText[] =
    R"md(A verb that waits returns when it has an outcome. When the call ends meanwhile it never returns: pending `<close>` variables are
closed, under a small allowance, and a `pcall` around it sees an error.

)md";

inline constexpr char kLoadText[] = R"md(At the top level of `main.lua` and of the files that it requires, not in a handler.

)md";

inline constexpr char kReferenceTail[] = R"md(## Lua itself

`assert error ipairs next pairs pcall xpcall rawequal rawget rawlen rawset select setmetatable getmetatable tonumber tostring type`, and the libraries
`string`, `table`, `math` and of `os` `clock`, `date` and `time`. There are no files, processes, coroutines, no `load` and no `debug`. Globals cannot
be made by handlers: all calls would share them.

| bound | |
|---|---|
| instructions between two waits | 500 000, and 5 ms of processor time |
| memory of a call's script | 256 KiB |
| a string or a pattern's subject | 64 KiB |
| a table that a library function walks | 10 000 entries |
| values that go into a verb or come out | 2000, 64 KiB of text, 16 deep |
| variables of a call | 100 of 1 KiB |
| lines that a call may log | 500 |
| requests to web servers, all calls together | 200 |
| events waiting to be told | 256 |

What is beyond a bound raises an error that names it; used-up instructions, time or memory end the script, past every `pcall`.
)md";

inline constexpr char kAnnotationsHead[] = R"lua(---@meta
-- What a dialplan can use, for the Lua language server. Made from the program itself by "ninja -C build reference".

---@class (exact) Caller
---@field number string
---@field name string
---@field restricted boolean

---@class Call
)lua";

}  // namespace tandem
