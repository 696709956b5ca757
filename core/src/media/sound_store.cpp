#include "media/sound_store.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <filesystem>

#include "media/sound_file.h"

namespace tandem {
namespace {

constexpr std::string_view kTone = "tone:", kMusic = "music:", kSilence = "silence:", kRecording = "recording:";
constexpr size_t kMostMusic = 64;

size_t size_of(const Sound& sound) { return (sound.narrow.size() + sound.wide.size()) * sizeof(int16_t); }

Result<std::shared_ptr<const Sound>> share(Result<Sound> sound) {
  if (!sound) return sound.error();
  return std::shared_ptr<const Sound>(std::make_shared<Sound>(std::move(*sound)));
}

}  // namespace

bool is_sound_name(std::string_view name) {
  constexpr size_t kLongest = 200;
  if (name.empty() || name.size() > kLongest || name.front() == '/' || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/'; });
}

SoundStore::SoundStore(SoundSettings settings, Tones tones, Loop& loop)
    : settings_(std::move(settings)), tones_(std::move(tones)), loop_(loop) {
  // Signals belong to the switch thread; a new thread inherits the mask of its maker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "sounds");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SoundStore::~SoundStore() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SoundStore::load(std::vector<std::string> names, Loaded done) {
  auto shared = std::make_shared<Loaded>(std::move(done));
  std::unique_lock lock(mutex_);
  if (jobs_.size() >= kMostWaiting) {
    lock.unlock();
    return loop_.defer([shared] { (*shared)(Error{ErrorCode::exhausted, "too many sounds are waiting to be read"}); });
  }
  jobs_.push_back({std::move(names), std::move(shared)});
  lock.unlock();
  wake_.notify_one();
}

void SoundStore::answer(const std::shared_ptr<Loaded>& done, Result<Playlist> result) {
  auto shared = std::make_shared<Result<Playlist>>(std::move(result));
  const auto tell = [alive = std::weak_ptr(alive_), done, shared] {
    if (alive.lock()) (*done)(std::move(*shared));
  };
  // A full mailbox is short of time, not of answers.
  while (!loop_.post(tell, Share::existing)) {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, std::chrono::milliseconds(5), [this] { return stopping_; })) return;
  }
}

void SoundStore::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    answer(job.done, find_all(job.names));
    lock.lock();
  }
}

Result<Playlist> SoundStore::find_all(const std::vector<std::string>& names) {
  Playlist list;
  for (const auto& name : names) {
    if (auto found = find(name, list.sounds); !found) return found.error();
  }
  return list;
}

Result<void> SoundStore::find(const std::string& name, Sounds& into) {
  if (name.starts_with(kMusic)) return find_music(name.substr(kMusic.size()), into);
  // Heard once or twice, and may be recorded anew under its name: not worth remembering.
  const bool passing = name.starts_with(kRecording);
  auto sound = passing ? nullptr : remembered(name);
  if (!sound) {
    auto made = make(name);
    if (!made) return made.error();
    sound = *made;
    if (!passing) remember(name, sound);
  }
  into.push_back(std::move(sound));
  return {};
}

Result<std::shared_ptr<const Sound>> SoundStore::make(const std::string& name) const {
  if (name.starts_with(kTone)) {
    const auto cadence = tones_.find(std::string_view(name).substr(kTone.size()));
    if (!cadence) return cadence.error();
    return share(render_cadence(*cadence));
  }
  if (name.starts_with(kSilence)) {
    auto cadence = parse_cadence("0/" + name.substr(kSilence.size()));
    if (!cadence) return Error{ErrorCode::invalid, fmt::format("\"{}\": silence is written as silence:MILLISECONDS", name)};
    return share(render_cadence(*cadence));
  }
  if (name.starts_with(kRecording)) return find_recording(name.substr(kRecording.size()));
  return find_file(name);
}

Result<std::shared_ptr<const Sound>> SoundStore::find_recording(const std::string& name) const {
  if (!is_sound_name(name) || settings_.recordings.empty()) {
    return Error{ErrorCode::invalid, fmt::format("\"{}\" is no name of a recording", name)};
  }
  return share(read_sound_file(fmt::format("{}/{}.wav", settings_.recordings, name)));
}

Result<std::shared_ptr<const Sound>> SoundStore::find_file(const std::string& name) const {
  if (!is_sound_name(name)) return Error{ErrorCode::invalid, fmt::format("\"{}\" is no name of a sound", name)};
  for (const auto& folder : settings_.folders) {
    const std::string path = fmt::format("{}/{}.wav", folder, name);
    auto sound = read_sound_file(path);
    if (sound || sound.error().code != ErrorCode::not_found) return share(std::move(sound));
  }
  return Error{ErrorCode::not_found, fmt::format("there is no sound \"{}\" in {}", name, fmt::join(settings_.folders, ", "))};
}

/// Every WAV file of a folder, in the order of their names.
Result<void> SoundStore::find_music(const std::string& music, Sounds& into) {
  const std::string& wanted = music == "hold" ? settings_.music : music;
  if (wanted.empty()) return Error{ErrorCode::not_found, "no music on hold is set"};
  if (!is_sound_name(wanted)) return Error{ErrorCode::invalid, fmt::format("\"{}\" is no name of a folder", wanted)};
  std::vector<std::string> names;
  for (const auto& folder : settings_.folders) {
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator(fmt::format("{}/music/{}", folder, wanted), failed)) {
      if (file.path().extension() == ".wav" && names.size() < kMostMusic)
        names.push_back(fmt::format("music/{}/{}", wanted, file.path().stem().string()));
    }
    if (!names.empty()) break;
  }
  if (names.empty())
    return Error{ErrorCode::not_found, fmt::format("there is no music/{} in {}", wanted, fmt::join(settings_.folders, ", "))};
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    if (auto found = find(name, into); !found) return found.error();
  }
  return {};
}

std::shared_ptr<const Sound> SoundStore::remembered(const std::string& name) {
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, it->second);
  return it->second->sound;
}

/// Whoever plays a sound that has to go keeps it until the end.
void SoundStore::remember(const std::string& name, const std::shared_ptr<const Sound>& sound) {
  kept_.push_front({name, sound});
  by_name_[name] = kept_.begin();
  bytes_ += size_of(*sound);
  while (bytes_ > settings_.cache_bytes && kept_.size() > 1) {
    bytes_ -= size_of(*kept_.back().sound);
    by_name_.erase(kept_.back().name);
    kept_.pop_back();
  }
}

}  // namespace tandem
