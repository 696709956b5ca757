// LiveTest: calls of a real Switch, between fakes of driver and media, on a real dialplan. Time moves when the test says so.
#pragma once

#include "lua/lua_dialplan.h"
#include "support/fake_events.h"
#include "support/fake_http.h"
#include "unit/call/call_fixture.h"
#include "unit/lua/dialplan_folder.h"

namespace tandem::test {

class LiveTest : public CallTest {
 protected:
  LiveTest() { calls.set_dialplan(&lua); }

  /// A dialplan whose context "phones" runs `body` for extension 1, and waits for extension 2.
  void load_body(const std::string& body) {
    const auto loaded = lua.load(folder.write("main.lua", "context \"phones\" {\n[\"1\"] = function(call, number)\n" + body +
                                                              "\nend,\n[\"2\"] = function(call) call:wait(3600) end }"));
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  /// Lets time pass, ends sounds and recordings and answers web requests until no call is left but `others`, for an hour at most.
  void let_end(size_t others = 0) {
    for (int second = 0; second < 3600 && calls.calls() > others; ++second) {
      if (!http.waiting_.empty()) http.answer(HttpResponse{200, {}, R"({"name": "Smith"})"});
      media.sounds_.answer();
      for (FakePort* port : media.ports_) {
        if (port->playing_ && !port->playing_->repeat) port->finish_playing();
      }
      if (media.recorded_) std::exchange(media.recorded_, nullptr)(RecordingEnd{.path = "message.wav"});
      loop.advance(std::chrono::seconds(1));
    }
  }

  DialplanFolder folder;
  FakeEvents events;
  FakeHttp http;
  LuaDialplan lua{ScriptServices{&loop, &directory, &verbs, &events, &http}};
};

}  // namespace tandem::test
