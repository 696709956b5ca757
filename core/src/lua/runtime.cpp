#include "lua/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "lua/call_object.h"
#include "lua/lua_value.h"
#include "lua/sandbox.h"
#include "lua/script_events.h"
#include "tandem/loop.h"

namespace tandem {

namespace {

constexpr size_t kLongestSentence = 400;

void count_hook(lua_State* L, lua_Debug* /*where*/) {
  if (auto* run = Runtime::of(L).running()) run->meter.on_hook(L);
}

}  // namespace

Run::Run(lua_State* main, CallScript* of_script, DialplanLoader* of_loader)
    : thread(lua_newthread(main)), script(of_script), loader(of_loader), main_(main), reference_(luaL_ref(main, LUA_REGISTRYINDEX)) {
  ++Runtime::of(main_).runs_;
}

Run::~Run() {
  luaL_unref(main_, LUA_REGISTRYINDEX, reference_);
  --Runtime::of(main_).runs_;
}

Runtime::Runtime(const ScriptServices& services) : services_(services), main_(lua_newstate(&Runtime::allocate, this)) {
  if (main_ == nullptr) throw std::bad_alloc();
  *static_cast<Runtime**>(lua_getextraspace(main_)) = this;  // every new thread gets a copy
  // Threads inherit the hook too. Its period costs nothing: with any count hook the interpreter looks at each instruction.
  lua_sethook(main_, count_hook, LUA_MASKCOUNT, Meter::kHookPeriod);
  // Scripts are short and leave garbage that is young: generations keep the usual pause at some microseconds.
  lua_gc(main_, LUA_GCGEN, 0, 0);
  open_sandbox(main_);
  push_globals(main_);
  lua_getfield(main_, -1, "pcall");
  pcall_ = lua_tocfunction(main_, -1);
  lua_pop(main_, 2);
  open_call_object(main_);
  events_ = std::make_unique<ScriptEvents>(*this);
}

Runtime::~Runtime() {
  events_.reset();
  lua_close(main_);
}

Runtime& Runtime::of(lua_State* L) { return **static_cast<Runtime**>(lua_getextraspace(L)); }

WallTime Runtime::now() const {
  if (running_ != nullptr && running_->at) return *running_->at;
  return services_.loop == nullptr ? system_clock().wall() : services_.loop->clock().wall();
}

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

// The argument is made inside the coroutine, so that memory for it is charged to it and an error of it is caught.
int Runtime::resume_with(Run& run, const Bounds& bounds, const Value& argument) {
  lua_State* L = run.thread;
  lua_pushcfunction(L, [](lua_State* thread) {
    push_value(thread, *static_cast<const Value*>(lua_touserdata(thread, 2)));
    lua_remove(thread, 2);
    lua_call(thread, 1, 1);
    return 1;
  });
  lua_insert(L, 1);
  lua_pushlightuserdata(L, const_cast<Value*>(&argument));
  int results = 0;
  return resume(run, bounds, 2, &results);
}

bool Runtime::catches(const Run& run) const {
  lua_State* L = run.thread;
  lua_Debug at{};
  for (int level = 0; lua_getstack(L, level, &at) != 0; ++level) {
    lua_getinfo(L, "f", &at);
    const bool is_pcall = lua_tocfunction(L, -1) == pcall_;
    lua_pop(L, 1);
    if (is_pcall) return true;
  }
  return false;
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
