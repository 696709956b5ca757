// Calls that an app moves: only those of the person in the path.
#include "doors/move_door.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

class FakeMover final : public CallMover {
 public:
  Result<std::string> send_to_mobile(std::string_view what, std::string_view destination) override {
    asked_ = "send " + std::string(what) + " " + std::string(destination);
    return std::string("john.doe/mobile");
  }
  Result<std::string> pick_up(std::string_view what, std::string_view device) override {
    asked_ = "pickup " + std::string(what) + " " + std::string(device);
    return Error{ErrorCode::not_found, "at no phone"};
  }
  std::vector<MovableCall> movable_calls(std::string_view user) override {
    if (user != "john.doe") return {};
    return {{"C-1", "sip-1", "john.doe", "", "SEP001122330001", "11002", "at a desk", "", {}}};
  }
  std::string asked_;
};

class NoServer final : public HttpServer {
 public:
  Result<Registration> route(http::Route) override { return Error{ErrorCode::not_found, "no listener"}; }
  void verify(std::string, std::string, const SocketAddress&, UniqueFunction<void(Result<http::User>)>) override {}
  std::string url(std::string_view) const override { return {}; }
};

TEST(MoveDoor, MovesTheCallsOfOnePerson) {
  FakeMover calls;
  NoServer server;
  MoveDoor door(calls, server);
  using Where = MoveDoor::Where;
  EXPECT_EQ(door.list("john.doe").size(), 1U);
  EXPECT_TRUE(door.list("jane.white").empty());
  EXPECT_TRUE(door.list("").empty());
  EXPECT_EQ((*door.move("john.doe", "C-1", Where::mobile, ""))["rings"], "john.doe/mobile");
  EXPECT_EQ(calls.asked_, "send sip-1 ");
  EXPECT_TRUE(door.move("john.doe", "C-1", Where::mobile, R"({"destination": "home"})"));
  EXPECT_EQ(calls.asked_, "send sip-1 home");
  EXPECT_EQ(door.move("john.doe", "C-1", Where::desk, R"({"phone": "lobby-1"})").error().code, ErrorCode::not_found);
  EXPECT_EQ(calls.asked_, "pickup sip-1 lobby-1");
  calls.asked_.clear();
  EXPECT_EQ(door.move("jane.white", "C-1", Where::mobile, "").error().code, ErrorCode::not_found) << "somebody else's";
  EXPECT_EQ(door.move("john.doe", "C-1", Where::mobile, "[]").error().code, ErrorCode::invalid);
  EXPECT_EQ(door.move("john.doe", "C-1", Where::mobile, R"({"destination": 5})").error().code, ErrorCode::invalid);
  EXPECT_EQ(calls.asked_, "");
  EXPECT_FALSE(door.open());
}

}  // namespace
}  // namespace tandem::test
