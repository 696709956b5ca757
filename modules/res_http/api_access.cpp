#include "api_access.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "tandem/log.h"

namespace tandem {
namespace {

// A machine asks, and asks often: less than a person's password would get, and what was right once is remembered.
constexpr unsigned long long kPasses = 2;
constexpr size_t kMemory = 8UL * 1024 * 1024;
constexpr std::chrono::milliseconds kFirstPause{500};
constexpr int kFreeGuesses = 5;  // somebody types wrong now and then
constexpr int kMostDoublings = 5;

const Error kNo{ErrorCode::forbidden, "wrong user, secret or token"};

http::User user_of(const ApiUserSettings& settings) { return {settings.name, settings.rights}; }

/// `digest` has the length of every digest.
bool has_token(const ApiUserSettings& user, const std::string& digest) {
  bool found = false;
  for (const auto& token : user.tokens) found = sodium_memcmp(token.data(), digest.data(), digest.size()) == 0 || found;
  return found;
}

}  // namespace

std::string hash_secret(const std::string& secret) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), secret.data(), secret.size(), kPasses, kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0) return {};
  return hash.data();
}

std::string digest_of_token(const std::string& token) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
  std::string hex;
  for (const auto octet : digest) hex += fmt::format("{:02x}", octet);
  return hex;
}

std::string make_token() {
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, 64> text{};
  return sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

ApiAccess::ApiAccess(Loop& loop) : loop_(loop), alive_(std::make_shared<ApiAccess*>(this)) {
  randombytes_buf(key_.data(), key_.size());
  nobody_ = hash_secret(make_token());
  worker_ = std::thread([this] { work(); });
}

ApiAccess::~ApiAccess() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  worker_.join();
}

void ApiAccess::configure(const std::vector<ApiUserSettings>& users) {
  users_.clear();
  for (const auto& user : users) users_.emplace(user.name, user);
  known_.clear();
  ++edition_;
}

ApiAccess::Digest ApiAccess::digest_of(const std::string& user, const std::string& secret) const {
  Digest digest{};
  const std::string both = fmt::format("{}:{}{}", user.size(), user, secret);
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(both.data()), both.size(), key_.data(),
                     key_.size());
  return digest;
}

void ApiAccess::check(Credentials credentials, const SocketAddress& peer, bool https, Done done) {
  if (credentials.scheme == "bearer") return check_token(credentials, peer, https, std::move(done));
  if (credentials.scheme != "basic" || credentials.user.size() > 256) return done(kNo);
  const auto digest = digest_of(credentials.user, credentials.secret);
  const auto user = users_.find(credentials.user);
  if (user != users_.end() && has_token(user->second, digest_of_token(credentials.secret))) return done(user_of(user->second));
  const auto known = known_.find(credentials.user);
  if (user != users_.end() && known != known_.end() && sodium_memcmp(known->second.data(), digest.data(), digest.size()) == 0) {
    return done(user_of(user->second));
  }
  const auto wrong = wrong_.find(credentials.user);
  if (wrong != wrong_.end() && loop_.clock().now() < wrong->second.until) {
    return done(Error{ErrorCode::busy, "this user was tried with a wrong secret just now: try again later"});
  }
  const uint64_t id = next_++;
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    room = jobs_.size() < kMostWaiting;
    if (room) {
      const bool there = user != users_.end() && !user->second.secret.empty();
      jobs_.push_back({id, there ? user->second.secret : nobody_, credentials.secret});
    }
  }
  if (!room) return done(Error{ErrorCode::exhausted, "too many log-ins at once"});
  asked_.emplace(id, Asked{credentials.user, digest, peer, https, edition_, std::move(done)});
  wake_.notify_one();
}

void ApiAccess::check_token(const Credentials& credentials, const SocketAddress& peer, bool https, Done done) {
  const auto digest = digest_of_token(credentials.secret);
  const ApiUserSettings* found = nullptr;
  for (const auto& [name, user] : users_) {
    if (has_token(user, digest)) found = &user;
  }
  if (found != nullptr) return done(user_of(*found));
  log_security({.event = "InvalidPassword",
                .service = "HTTP",
                .remote = peer,
                .account = "",
                .detail = "no such token",
                .transport = https ? "TLS" : "TCP"});
  done(kNo);
}

void ApiAccess::finish(uint64_t id, bool right) {
  auto node = asked_.extract(id);
  if (node.empty()) return;
  Asked& asked = node.mapped();
  const auto user = users_.find(asked.user);
  if (right && asked.edition == edition_ && user != users_.end()) {
    known_[asked.user] = asked.digest;
    wrong_.erase(asked.user);
    return asked.done(user_of(user->second));
  }
  refused(asked.user, asked.peer, asked.https, user == users_.end() ? "InvalidAccountID" : "InvalidPassword");
  asked.done(kNo);
}

void ApiAccess::refused(const std::string& user, const SocketAddress& peer, bool https, std::string_view event) {
  log_security({.event = event,
                .service = "HTTP",
                .remote = peer,
                .account = user,
                .detail = "wrong user or secret",
                .transport = https ? "TLS" : "TCP"});
  if (wrong_.size() >= kMostNames && !wrong_.contains(user)) {
    std::erase_if(wrong_, [now = loop_.clock().now()](const auto& one) { return one.second.until <= now; });
    if (wrong_.size() >= kMostNames) return;
  }
  auto& wrong = wrong_[user];
  if (++wrong.times < kFreeGuesses) return;
  wrong.until = loop_.clock().now() + kFirstPause * (1 << std::min(wrong.times - kFreeGuesses, kMostDoublings));
}

void ApiAccess::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const bool right = crypto_pwhash_str_verify(job.hash.c_str(), job.secret.data(), job.secret.size()) == 0;
    sodium_memzero(job.secret.data(), job.secret.size());
    const auto tell = [alive = std::weak_ptr(alive_), id = job.id, right] {
      if (const auto access = alive.lock()) (*access)->finish(id, right);
    };
    // The bound on what waits keeps this to a few; a mailbox that is full even of its reserve drains within milliseconds.
    while (!loop_.post(tell, Share::existing)) {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, std::chrono::milliseconds(20), [this] { return stopping_; })) return;
    }
  }
}

}  // namespace tandem
