// ApiAccess: application users and their secrets. Switch thread; hashes are computed on a worker of its own.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http_settings.h"
#include "http_text.h"
#include "tandem/http_server.h"
#include "tandem/loop.h"

namespace tandem {

class ApiAccess {
 public:
  using Done = UniqueFunction<void(Result<http::User>)>;
  static constexpr size_t kMostWaiting = 64;  ///< hashes to compute
  static constexpr size_t kMostNames = 1024;  ///< with wrong secrets, that are remembered

  explicit ApiAccess(Loop& loop);
  ~ApiAccess();
  ApiAccess(const ApiAccess&) = delete;
  ApiAccess& operator=(const ApiAccess&) = delete;

  void configure(const std::vector<ApiUserSettings>& users);
  /// forbidden: no such user, another secret, no such token; busy: this user has been tried with wrong ones just now; exhausted: too much
  /// waits. The answer and its time are the same for names that are known and that are not.
  void check(Credentials credentials, const SocketAddress& peer, bool https, Done done);

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Job {
    uint64_t id;
    std::string hash, secret;
  };
  struct Asked {
    std::string user;
    Digest digest;
    SocketAddress peer;
    bool https;
    uint64_t edition;
    Done done;
  };
  struct Wrong {
    int times = 0;
    Instant until{};
  };

  void check_token(const Credentials& credentials, const SocketAddress& peer, bool https, Done done);
  void finish(uint64_t id, bool right);
  void refused(const std::string& user, const SocketAddress& peer, bool https, std::string_view event);
  Digest digest_of(const std::string& user, const std::string& secret) const;
  void work();

  Loop& loop_;
  std::map<std::string, ApiUserSettings, std::less<>> users_;
  uint64_t edition_ = 0;                              ///< of the settings: an answer of an older one remembers nothing
  std::array<unsigned char, 32> key_{};               ///< of the digests below; made anew at each start
  std::map<std::string, Digest, std::less<>> known_;  ///< the secret that was found right, by user
  std::unordered_map<std::string, Wrong> wrong_;
  std::unordered_map<uint64_t, Asked> asked_;
  uint64_t next_ = 1;
  std::string nobody_;  ///< a hash that nothing fits, for names that are not there
  std::shared_ptr<ApiAccess*> alive_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;  ///< guarded by mutex_, as is `stopping_`
  bool stopping_ = false;
  std::thread worker_;
};

/// "$argon2id$...", with the memory and time that a machine's secret needs. Takes some milliseconds.
std::string hash_secret(const std::string& secret);
/// SHA-256 in hex digits.
std::string digest_of_token(const std::string& token);
/// 32 random octets, for a bearer token.
std::string make_token();

}  // namespace tandem
