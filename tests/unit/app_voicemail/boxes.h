// Boxes: a store and a service on a real state folder, with a clock that moves only when the test says so, and files in place of
// recordings.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "message_store.h"
#include "store/store_folder.h"
#include "support/fake_call.h"
#include "support/fake_events.h"
#include "support/fake_loop.h"
#include "support/office_directory.h"
#include "unit/store/temporary_folder.h"
#include "voicemail.h"

namespace tandem::test {

/// A tone, 8000 Hz, mono, 16 bit, as the recorder writes it.
inline void write_wave(const std::string& path, double seconds) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const auto count = static_cast<uint32_t>(seconds * 8000);
  std::ofstream file(path, std::ios::binary);
  const auto word = [&file](uint32_t value, int octets) {
    for (int i = 0; i < octets; ++i) file.put(static_cast<char>(value >> (8 * i) & 0xff));
  };
  file << "RIFF";
  word(36 + count * 2, 4);
  file << "WAVEfmt ";
  word(16, 4), word(1, 2), word(1, 2), word(8000, 4), word(16000, 4), word(2, 2), word(16, 2);
  file << "data";
  word(count * 2, 4);
  for (uint32_t i = 0; i < count; ++i) word(static_cast<uint32_t>(static_cast<int16_t>(8000 * std::sin(i * 0.345))), 2);
}

class Boxes : public testing::Test {
 protected:
  Boxes() {
    settings_.min_free = 0;
    settings_.min_length = std::chrono::seconds(2);
    open();
  }
  void open() {
    voicemail_.reset();
    store_.reset();
    auto store = MessageStore::open(folder_store_, loop_, state_.file("recordings"), settings_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    voicemail_ =
        std::make_unique<Voicemail>(Voicemail::Parts{.loop = loop_, .events = events_, .directory = office_, .store = *store_}, settings_);
  }
  void configure() { voicemail_->configure(settings_); }

  /// What an asynchronous question answers. `ask` gets the callback.
  template <class T, class Ask>
  Result<T> answer(Ask ask) {
    auto got = std::make_shared<std::optional<Result<T>>>();
    ask([got](Result<T> result) { got->emplace(std::move(result)); });
    EXPECT_TRUE(loop_.run_until([&] { return got->has_value(); }));
    return std::move(**got);
  }
  /// All that is queued for the disk has been done, files that go after their rows too.
  void settle() {
    for (int i = 0; i < 3; ++i) (void)answer<bool>([this](auto done) { store_->letter_sent(-1, std::move(done)); });
  }
  Result<Voicemail::Take> take(FakeCall& call, const std::string& user, bool urgent = false) {
    return answer<Voicemail::Take>(
        [&](auto done) { voicemail_->take_message(call, call.caller_identity(), user, urgent, std::move(done)); });
  }
  /// As call:record does it.
  void began(const FakeCall& call, const std::string& name) { events_.publish(RecordingBegan{call.id(), name}); }
  void recorded(const FakeCall& call, const std::string& name, double seconds) {
    write_wave(path(name), seconds);
    const Result<RecordingEnd> end = RecordingEnd{.length = std::chrono::milliseconds(int64_t(seconds * 1000)), .path = path(name)};
    events_.publish(RecordingEnded{call.id(), name, end});
  }
  void hang_up(const FakeCall& call, std::shared_ptr<void> settled = nullptr) {
    CallRecord record{.call = call.id()};
    events_.publish(CallEnded{record, std::move(settled)});
  }
  Result<std::chrono::milliseconds> keep(const FakeCall& call, int64_t id, bool urgent = false) {
    return answer<std::chrono::milliseconds>([&](auto done) { voicemail_->keep(call.id(), id, urgent, std::move(done)); });
  }
  /// A message that is in the box, from first to last.
  int64_t leave(const std::string& user, double seconds = 3) {
    FakeCall call;
    call.id_ = "C-" + std::to_string(++calls_);
    call.identity_ = {"11001", "John Doe", false};
    const auto taken = take(call, user);
    EXPECT_TRUE(taken) << taken.error().message;
    if (!taken) return 0;
    began(call, taken->name);
    recorded(call, taken->name, seconds);
    const auto kept = keep(call, taken->id);
    EXPECT_TRUE(kept) << kept.error().message;
    return taken->id;
  }
  std::vector<Message> box(const std::string& user, std::optional<MessageState> state = {}) {
    auto found = answer<std::vector<Message>>([&](auto done) { store_->list(user, state, 1000, std::move(done)); });
    return found ? *found : std::vector<Message>();
  }
  std::string path(const std::string& name) const { return state_.file("recordings/") + name + ".wav"; }
  size_t files() const {
    size_t count = 0;
    std::error_code none;
    for (const auto& file : std::filesystem::recursive_directory_iterator(state_.file("recordings"), none))
      count += file.is_regular_file() ? 1 : 0;
    return count;
  }
  size_t times_published(std::string_view event) const {
    return static_cast<size_t>(std::count(events_.published_.begin(), events_.published_.end(), event));
  }

  TemporaryFolder state_;
  FakeLoop loop_;
  FakeEvents events_;
  OfficeDirectory office_;
  StoreFolder folder_store_{state_.path(), loop_};
  VoicemailSettings settings_;
  std::unique_ptr<MessageStore> store_;
  std::unique_ptr<Voicemail> voicemail_;
  int calls_ = 0;
};

}  // namespace tandem::test
