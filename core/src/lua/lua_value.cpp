#include "lua/lua_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace tandem {

namespace {

const Error kGap{ErrorCode::invalid, "a table whose keys are neither names nor 1, 2, 3 without gaps"};

class Reader {
 public:
  explicit Reader(lua_State* L) : L_(L) {}

  Result<Value> read(int index, int depth) {
    if (++items_ > kMostValueItems) return Error{ErrorCode::exhausted, fmt::format("more than {} values", kMostValueItems)};
    switch (lua_type(L_, index)) {
      case LUA_TNIL:
        return Value();
      case LUA_TBOOLEAN:
        return Value(lua_toboolean(L_, index) != 0);
      case LUA_TNUMBER:
        return number(index);
      case LUA_TSTRING:
        return text(index);
      case LUA_TTABLE:
        if (depth == kDeepestValue || lua_checkstack(L_, 4) == 0) {
          return Error{ErrorCode::exhausted, fmt::format("tables nested deeper than {}", kDeepestValue)};
        }
        return table(lua_absindex(L_, index), depth + 1);
      default:
        return Error{ErrorCode::invalid, fmt::format("a {} cannot be given to a verb", luaL_typename(L_, index))};
    }
  }

 private:
  Result<Value> number(int index) {
    if (lua_isinteger(L_, index) != 0) return Value(static_cast<int64_t>(lua_tointegerx(L_, index, nullptr)));
    const double value = lua_tonumberx(L_, index, nullptr);
    if (!std::isfinite(value)) return Error{ErrorCode::invalid, "a number that is not finite"};
    return Value(value);
  }

  Result<Value> text(int index) {
    size_t length = 0;
    const char* data = lua_tolstring(L_, index, &length);
    bytes_ += length;
    if (bytes_ > kMostValueBytes) return Error{ErrorCode::exhausted, fmt::format("more than {} bytes of text", kMostValueBytes)};
    if (!is_utf8({data, length})) return Error{ErrorCode::invalid, "a string that is not UTF-8"};
    return Value(std::string(data, length));
  }

  Result<Value> table(int index, int depth) {
    const auto length = lua_rawlen(L_, index);
    Value list = Value::array();
    for (lua_Unsigned i = 1; i <= length; ++i) {
      auto item = lua_rawgeti(L_, index, static_cast<lua_Integer>(i)) == LUA_TNIL ? Result<Value>(kGap) : read(-1, depth);
      lua_settop(L_, -2);
      if (!item) return item;
      list.push_back(std::move(*item));
    }
    Value named = Value::object();
    if (auto read = names(index, depth, length, named); !read) return read.error();
    if (named.empty()) return list;
    if (!list.empty() && !named.emplace("list", std::move(list)).second) {
      return Error{ErrorCode::invalid, "a table with positions and a field \"list\""};
    }
    return named;
  }

  Result<void> names(int index, int depth, lua_Unsigned length, Value& into) {
    lua_pushnil(L_);
    while (lua_next(L_, index) != 0) {
      if (lua_type(L_, -2) == LUA_TSTRING) {
        auto key = text(-2);
        auto item = key ? read(-1, depth) : Result<Value>(key.error());
        if (!item) {
          lua_settop(L_, -3);
          return item.error();
        }
        into[key->get_ref<const std::string&>()] = std::move(*item);
      } else if (lua_isinteger(L_, -2) == 0 || lua_tointegerx(L_, -2, nullptr) < 1 ||
                 static_cast<lua_Unsigned>(lua_tointegerx(L_, -2, nullptr)) > length) {
        lua_settop(L_, -3);
        return kGap;
      }
      lua_settop(L_, -2);
    }
    return {};
  }

  lua_State* const L_;
  size_t items_ = 0;
  size_t bytes_ = 0;
};

void push(lua_State* L, const Value& value, int depth) {
  luaL_checkstack(L, 4, "value nested too deeply");
  switch (value.type()) {
    case Value::value_t::boolean:
      return lua_pushboolean(L, value.get<bool>() ? 1 : 0);
    case Value::value_t::number_integer:
      return lua_pushinteger(L, value.get<int64_t>());
    case Value::value_t::number_unsigned: {
      const auto number = value.get<uint64_t>();
      if (number > INT64_MAX) return lua_pushnumber(L, static_cast<double>(number));
      return lua_pushinteger(L, static_cast<lua_Integer>(number));
    }
    case Value::value_t::number_float:
      return lua_pushnumber(L, value.get<double>());
    case Value::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      lua_pushlstring(L, text.data(), text.size());
      return;
    }
    case Value::value_t::array: {
      if (depth == kDeepestValue) return lua_pushnil(L);
      lua_createtable(L, static_cast<int>(std::min(value.size(), kMostValueItems)), 0);
      lua_Integer position = 0;
      for (const auto& item : value) {
        push(L, item, depth + 1);
        lua_rawseti(L, -2, ++position);
      }
      return;
    }
    case Value::value_t::object: {
      if (depth == kDeepestValue) return lua_pushnil(L);
      lua_createtable(L, 0, 0);
      for (const auto& [key, item] : value.items()) {
        lua_pushlstring(L, key.data(), key.size());
        push(L, item, depth + 1);
        lua_rawset(L, -3);
      }
      return;
    }
    default:
      return lua_pushnil(L);
  }
}

}  // namespace

Result<Value> arguments_from_lua(lua_State* L, int first) {
  Reader reader(L);
  Value arguments = Value::array();
  const int top = lua_gettop(L);
  for (int index = first; index <= top; ++index) {
    auto value = reader.read(index, 0);
    if (!value) return value;
    arguments.push_back(std::move(*value));
  }
  return arguments;
}

void push_value(lua_State* L, const Value& value) { push(L, value, 0); }

}  // namespace tandem
