// directory.*: people, phones and numbers. Tables are made field by field: what is not named here (secrets, PINs) cannot be seen.
#include <algorithm>

#include "lua/binding.h"
#include "lua/runtime.h"
#include "lua/script_globals.h"
#include "tandem/directory.h"

namespace tandem {

namespace {

constexpr size_t kLongestKey = 128;
constexpr size_t kMostDevices = 100;

Directory& directory(lua_State* L) {
  auto& runtime = Runtime::of(L);
  if (runtime.running()->loader != nullptr) luaL_error(L, "the directory can only be asked in a call, not while the dialplan is loaded");
  runtime.meter().charge(L, 1000);  // a look-up may read the database
  return *runtime.services().directory;
}

std::string_view key_argument(lua_State* L) {
  size_t length = 0;
  const char* key = luaL_checklstring(L, 1, &length);
  return {key, std::min(length, kLongestKey)};
}

int directory_number(lua_State* L) {
  const auto number = directory(L).number(key_argument(L));
  if (!number) {
    lua_pushnil(L);
    return 1;
  }
  constexpr const char* kKinds[] = {"user", "device", "service"};
  lua_createtable(L, 0, 3);
  lua_pushstring(L, kKinds[static_cast<size_t>(number->kind)]);
  lua_setfield(L, -2, "kind");
  set_text(L, "number", number->digits);
  set_text(L, "owner", number->owner);
  return 1;
}

int directory_user(lua_State* L) {
  const auto user = directory(L).user(key_argument(L));
  push_user(L, user.get());
  return 1;
}

int directory_device(lua_State* L) {
  const auto device = directory(L).device(key_argument(L));
  push_device(L, device.get());
  return 1;
}

int directory_site(lua_State* L) {
  const auto site = directory(L).site(key_argument(L));
  if (site == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, 0, 4);
  set_text(L, "id", site->id);
  set_text(L, "location", site->location);
  set_text(L, "callback", site->emergency_callback);
  set_text(L, "zone", site->time_zone);
  return 1;
}

int directory_profile(lua_State* L) {
  push_profile(L, directory(L).profile(key_argument(L)).get());
  return 1;
}

int directory_occupant(lua_State* L) {
  const auto device = directory(L).device(key_argument(L));
  if (device == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const Occupant who = directory(L).occupant(*device);
  lua_createtable(L, 0, 4);
  set_text(L, "user", who.user ? who.user->id : "");
  set_text(L, "number", who.number);
  set_text(L, "name", who.name);
  set_text(L, "class", who.calling_class);
  set_text(L, "profile", who.profile ? who.profile->id : "");
  if (who.logged_in) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "logged_in");
  }
  return 1;
}

int directory_devices_of(lua_State* L) {
  const auto devices = directory(L).devices_of(key_argument(L));
  const size_t count = std::min(devices.size(), kMostDevices);
  lua_createtable(L, static_cast<int>(count), 0);
  for (size_t i = 0; i < count; ++i) {
    lua_pushlstring(L, devices[i].data(), devices[i].size());
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

constexpr Binding kFunctions[] = {
    {"number", directory_number, "number(digits: string) -> table?",
     "Whose number that is: a table of kind (\"user\", \"device\" or \"service\"), owner (a user's id, a device's or a service's name) and "
     "number; nil when nobody has it.",
     "local found = directory.number(\"11001\")\nif found and found.kind == \"user\" then call:dial{\"user/\" .. found.owner} end"},
    {"user", directory_user, "user(id: string) -> table?",
     "A person: id, name, extension, class (how far that person may call), did (the number shown to the outside) and mailbox. Nil when "
     "there is "
     "none. "
     "Fields without a value are nil.",
     "local user = directory.user(\"john.doe\")\nif user then call.caller.name = user.name end"},
    {"device", directory_device, "device(name: string) -> table?",
     "A phone: name, model, vendor, site, owner (whose desk it stands on), extension (its own while nobody is logged in) and label.",
     "local device = directory.device(\"SEP001122330001\")\ncall:log(device and device.site)"},
    {"site", directory_site, "site(id: string) -> table?",
     "A site: id, location (what an emergency centre is told), callback (its number) and zone (its time zone).",
     "local site = call.device and directory.site(call.device.site)\nif site then call.caller.number = site.callback end"},
    {"profile", directory_profile, "profile(id: string) -> table?",
     "A profile, which a login brings to a phone: id, user, model, lines, speed_dials, locale, ring, music, class and dnd.",
     "local profile = directory.profile(\"john-8841\")\ncall:log(profile and profile.user)"},
    {"occupant", directory_occupant, "occupant(device: string) -> table?",
     "Who is at a phone now: user (nil while nobody is logged in), the number, name and class with which it calls, profile, and logged_in "
     "(nil where "
     "it is that person's own phone, or neutral). Nil when there is no such phone.",
     "local who = directory.occupant(\"SEP001122330001\")\nif who and not who.user then call:log(\"nobody there\") end"},
    {"devices_of", directory_devices_of, "devices_of(user: string) -> string[]",
     "The names of the phones where a person is now, own ones first; at most 100. An empty table when the person is nowhere.",
     "if #directory.devices_of(\"jane.white\") == 0 then call:hangup(\"no-answer\") end"},
};

}  // namespace

const Library kDirectoryLibrary{"directory", "People, phones and numbers. Only in a call: they change while the dialplan stays loaded.",
                                kFunctions};

}  // namespace tandem
