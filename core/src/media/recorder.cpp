#include "media/recorder.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sndfile.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("media");
constexpr int kRate = 8000;
constexpr uint64_t kBehind = kRate / 4;  ///< what is written is so old at least: by then both sides have come
constexpr int kSilent = 200;             ///< mean amplitude of a silent chunk, about -44 dBm0
constexpr std::chrono::milliseconds kTurn(100);

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

uint64_t samples_of(std::chrono::milliseconds time) { return static_cast<uint64_t>(time.count()) * kRate / 1000; }

}  // namespace

void SoundSink::put(uint64_t position, std::span<const int16_t> samples) {
  for (size_t at = 0; at < samples.size(); at += kChunk) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == kSlots) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    Chunk& chunk = ring_[head % kSlots];
    const auto part = samples.subspan(at, std::min(kChunk, samples.size() - at));
    chunk.position = position + at;
    chunk.count = static_cast<uint16_t>(part.size());
    std::copy(part.begin(), part.end(), chunk.samples.begin());
    head_.store(head + 1, std::memory_order_release);
  }
}

bool SoundSink::take(Chunk& into) {
  const size_t tail = tail_.load(std::memory_order_relaxed);
  if (tail == head_.load(std::memory_order_acquire)) return false;
  into = ring_[tail % kSlots];
  tail_.store(tail + 1, std::memory_order_release);
  return true;
}

/// One recording, on the recorder's thread: a window of mixed sound that is not written yet.
class Recorder::Take {
 public:
  Take(RecordRequest request, Done done, Instant now)
      : sink(std::make_shared<SoundSink>()), done_(std::move(done)), request_(std::move(request)), began_(now) {}

  /// Takes in what has come and writes what is old enough. False: it is over, see end().
  bool turn(Instant now) {
    if (!open()) return false;
    for (SoundSink::Chunk chunk; sink->take(chunk);) mix(chunk);
    // A muted phone may send nothing at all: time passes all the same.
    const uint64_t passed = samples_of(std::chrono::duration_cast<std::chrono::milliseconds>(now - began_));
    const uint64_t until = std::max(newest_, passed);
    return write(until > kBehind ? until - kBehind : 0) && !over(until);
  }
  void close() {
    if (!file_ && !open()) return;
    for (SoundSink::Chunk chunk; sink->take(chunk);) mix(chunk);
    write(newest_);
    file_.reset();
    if (sink->lost() > 0) kLog.line(LogLevel::warning, "{}: {} pieces of sound came too fast and are missing", request_.name, sink->lost());
  }
  Result<RecordingEnd> end() const {
    if (failed_) return *failed_;
    return RecordingEnd{reason_, std::chrono::milliseconds(written_ * 1000 / kRate), request_.name};
  }

  const std::shared_ptr<SoundSink> sink;
  Done done_;

 private:
  bool open() {
    if (file_ || failed_) return !failed_;
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(request_.name).parent_path(), ignored);
    SF_INFO info{};
    info.samplerate = kRate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    file_.reset(sf_open(request_.name.c_str(), SFM_WRITE, &info));
    if (!file_) return fail(fmt::format("{} cannot be written: {}", request_.name, sf_strerror(nullptr)));
    sf_command(file_.get(), SFC_SET_UPDATE_HEADER_AUTO, nullptr, SF_TRUE);
    return true;
  }

  bool fail(std::string sentence) {
    failed_ = Error{ErrorCode::io, std::move(sentence)};
    kLog.line(LogLevel::error, "{}", failed_->message);
    return false;
  }

  void mix(const SoundSink::Chunk& chunk) {
    const uint64_t end = chunk.position + chunk.count;
    if (chunk.position < written_ || end > written_ + kMostAhead) return;
    if (end - written_ > window_.size()) window_.resize(end - written_);
    newest_ = std::max(newest_, end);
    int64_t loudness = 0;
    for (size_t i = 0; i < chunk.count; ++i) {
      int16_t& sample = window_[chunk.position - written_ + i];
      loudness += std::abs(static_cast<int>(chunk.samples[i]));
      sample = static_cast<int16_t>(std::clamp(sample + chunk.samples[i], -32768, 32767));
    }
    if (chunk.count > 0 && loudness / chunk.count > kSilent) heard_ = std::max(heard_, end);
  }

  bool write(uint64_t until) {
    if (request_.longest.count() > 0) until = std::min(until, samples_of(request_.longest));
    until = std::min(until, written_ + kMostAhead);  // after a long pause of the process: the rest in the next turns
    if (until <= written_) return true;
    const auto count = static_cast<sf_count_t>(until - written_);
    if (window_.size() < until - written_) window_.resize(until - written_);  // nothing has come: silence
    if (sf_write_short(file_.get(), window_.data(), count) != count) {
      return fail(fmt::format("{}: {}", request_.name, sf_strerror(file_.get())));
    }
    window_.erase(window_.begin(), window_.begin() + count);
    written_ += static_cast<uint64_t>(count);
    return true;
  }

  bool over(uint64_t now) {
    if (request_.longest.count() > 0 && written_ >= samples_of(request_.longest)) {
      reason_ = RecordingEnd::Reason::longest;
      return true;
    }
    if (request_.silence.count() > 0 && now >= heard_ + samples_of(request_.silence)) {
      reason_ = RecordingEnd::Reason::silence;
      return true;
    }
    return false;
  }

  static constexpr uint64_t kMostAhead = 10 * kRate;
  const RecordRequest request_;
  const Instant began_;
  std::unique_ptr<SNDFILE, Close> file_;
  std::optional<Error> failed_;
  std::vector<int16_t> window_;
  uint64_t written_ = 0, newest_ = 0, heard_ = 0;  // samples
  RecordingEnd::Reason reason_ = RecordingEnd::Reason::stopped;
};

Recorder::Recorder(Loop& loop, Clock& clock) : loop_(loop), clock_(clock) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "recorder");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Recorder::~Recorder() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::shared_ptr<SoundSink> Recorder::start(RecordRequest request, Done done) {
  auto take = std::make_unique<Take>(std::move(request), std::move(done), clock_.now());
  auto sink = take->sink;
  {
    std::lock_guard lock(mutex_);
    started_.push_back(std::move(take));
  }
  wake_.notify_one();
  return sink;
}

void Recorder::stop(const std::shared_ptr<SoundSink>& sink) {
  {
    std::lock_guard lock(mutex_);
    stopped_.push_back(sink);
  }
  wake_.notify_one();
}

void Recorder::finish(Take& take) {
  take.close();
  auto done = std::make_shared<Done>(std::move(take.done_));
  auto result = std::make_shared<Result<RecordingEnd>>(take.end());
  const auto tell = [alive = std::weak_ptr(alive_), done, result] {
    if (alive.lock()) (*done)(std::move(*result));
  };
  while (!loop_.post(tell, Share::existing)) {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, std::chrono::milliseconds(5), [this] { return stopping_; })) return;
  }
}

void Recorder::run() {
  std::vector<std::unique_ptr<Take>> takes;
  std::vector<std::shared_ptr<SoundSink>> stopped;
  for (bool stopping = false; !stopping;) {
    {
      std::unique_lock lock(mutex_);
      const auto news = [this] { return stopping_ || !started_.empty() || !stopped_.empty(); };
      if (takes.empty()) {
        wake_.wait(lock, news);
      } else {
        wake_.wait_for(lock, kTurn, news);
      }
      std::move(started_.begin(), started_.end(), std::back_inserter(takes));
      started_.clear();
      stopped.swap(stopped_);
      stopping = stopping_;
    }
    std::erase_if(takes, [&](const auto& take) {
      const bool asked = stopping || std::find(stopped.begin(), stopped.end(), take->sink) != stopped.end();
      if (!asked && take->turn(clock_.now())) return false;
      finish(*take);
      return true;
    });
    stopped.clear();
  }
}

}  // namespace tandem
