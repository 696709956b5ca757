// SoundStore: the sounds that calls play, decoded once and kept as long as there is room. Asked on the switch thread; files are read and
// tones made by a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "media/tones.h"
#include "tandem/loop.h"

namespace tandem {

struct SoundSettings {
  std::vector<std::string> folders;       ///< where sounds are looked for, first one first
  std::string music;                      ///< the folder below music/ that is heard on hold; empty: none
  size_t cache_bytes = 64 * 1024 * 1024;  ///< of decoded sound
  std::string recordings = {};            ///< folder of what "recording:NAME" plays; empty: nothing
};

class SoundStore final : public SoundLibrary {
 public:
  SoundStore(SoundSettings settings, Tones tones, Loop& loop);
  /// What has not been answered is not answered any more.
  ~SoundStore() override;
  SoundStore(const SoundStore&) = delete;
  SoundStore& operator=(const SoundStore&) = delete;

  void load(std::vector<std::string> names, Loaded done) override;

 private:
  using Sounds = std::vector<std::shared_ptr<const Sound>>;
  struct Job {
    std::vector<std::string> names;
    std::shared_ptr<Loaded> done;
  };
  struct Kept {
    std::string name;
    std::shared_ptr<const Sound> sound;
  };
  static constexpr size_t kMostWaiting = 256;

  std::shared_ptr<const Sound> remembered(const std::string& name);
  void answer(const std::shared_ptr<Loaded>& done, Result<Playlist> result);

  // On the thread of its own.
  void run();
  Result<Playlist> find_all(const std::vector<std::string>& names);
  Result<void> find(const std::string& name, Sounds& into);
  Result<std::shared_ptr<const Sound>> make(const std::string& name) const;
  Result<std::shared_ptr<const Sound>> find_file(const std::string& name) const;
  Result<std::shared_ptr<const Sound>> find_recording(const std::string& name) const;
  Result<void> find_music(const std::string& music, Sounds& into);
  void remember(const std::string& name, const std::shared_ptr<const Sound>& sound);

  const SoundSettings settings_;
  const Tones tones_;
  Loop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers under way hold it weakly

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  // Its own thread alone.
  std::list<Kept> kept_;  ///< the last used first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_name_;
  size_t bytes_ = 0;
  std::thread thread_;  // last: it uses the rest
};

/// Whether a name of a file may come from outside: letters, digits, "-", "_", "." and "/" between, no way up.
bool is_sound_name(std::string_view name);

}  // namespace tandem
