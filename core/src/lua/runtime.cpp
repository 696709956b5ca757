#include "lua/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "lua/call_object.h"
#include "lua/sandbox.h"

namespace tandem {

namespace {

constexpr size_t kLongestSentence = 400;

void count_hook(lua_State* L, lua_Debug* /*where*/) {
  if (auto* run = Runtime::of(L).running()) run->meter.on_hook(L);
}

}  // namespace

Run::Run(lua_State* main, CallScript* of_script, DialplanLoader* of_loader)
    : thread(lua_newthread(main)), script(of_script), loader(of_loader), main_(main), reference_(luaL_ref(main, LUA_REGISTRYINDEX)) {}

Run::~Run() { luaL_unref(main_, LUA_REGISTRYINDEX, reference_); }

Runtime::Runtime(const ScriptServices& services) : services_(services), main_(lua_newstate(&Runtime::allocate, this)) {
  if (main_ == nullptr) throw std::bad_alloc();
  *static_cast<Runtime**>(lua_getextraspace(main_)) = this;  // every new thread gets a copy
  // Threads inherit the hook too. Its period costs nothing: with any count hook the interpreter looks at each instruction.
  lua_sethook(main_, count_hook, LUA_MASKCOUNT, Meter::kHookPeriod);
  // Scripts are short and leave garbage that is young: generations keep the usual pause at some microseconds.
  lua_gc(main_, LUA_GCGEN, 0, 0);
  open_sandbox(main_);
  open_call_object(main_);
}

Runtime::~Runtime() { lua_close(main_); }

Runtime& Runtime::of(lua_State* L) { return **static_cast<Runtime**>(lua_getextraspace(L)); }

void* Runtime::allocate(void* self, void* block, size_t old_size, size_t new_size) {
  auto& runtime = *static_cast<Runtime*>(self);
  if (block == nullptr) old_size = 0;  // Lua passes the kind of the new object there
  auto* meter = runtime.running_ == nullptr ? nullptr : &runtime.running_->meter;
  if (new_size == 0) {
    std::free(block);
  } else {
    if (new_size > old_size && meter != nullptr) {
      const size_t by = new_size - old_size;
      if (!meter->may_grow(by) || runtime.bytes_ + by > kMostBytes) return nullptr;
    }
    block = std::realloc(block, new_size);
    if (block == nullptr) return nullptr;
  }
  runtime.bytes_ = runtime.bytes_ - old_size + new_size;
  if (meter != nullptr) {
    if (new_size > old_size) {
      meter->grow(new_size - old_size);
    } else {
      meter->shrink(old_size - new_size);
    }
  }
  return new_size == 0 ? nullptr : block;
}

int Runtime::resume(Run& run, const Bounds& bounds, int arguments, int* results) {
  Run* const before = std::exchange(running_, &run);
  run.meter.begin(bounds);
  const int status = lua_resume(run.thread, before == nullptr ? main_ : before->thread, arguments, results);
  running_ = before;
  return status;
}

void Runtime::close(Run& run) {
  if (run.meter.tripped()) return;
  Run* const before = std::exchange(running_, &run);
  run.meter.begin(kClosingBounds);
  lua_resetthread(run.thread);
  running_ = before;
}

std::string error_sentence(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) {
    size_t length = 0;
    const char* text = lua_tolstring(L, index, &length);
    return std::string(text, std::min(length, kLongestSentence));
  }
  return fmt::format("an error that is a {} value", luaL_typename(L, index));
}

}  // namespace tandem
