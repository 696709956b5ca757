#include "pin_hasher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace tandem {
namespace {

constexpr size_t kPepper = 32;

Error failed(const std::string& path) { return Error{ErrorCode::io, fmt::format("{}: {}", path, std::strerror(errno))}; }

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

Result<std::string> make_pepper(const std::string& path) {
  std::string pepper(kPepper, '\0');
  randombytes_buf(pepper.data(), pepper.size());
  // Under another name first: a crash leaves a whole pepper or none.
  const std::string draft = fmt::format("{}.{}", path, ::getpid());
  {
    const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return failed(draft);
    if (::write(file.get(), pepper.data(), pepper.size()) != static_cast<ssize_t>(pepper.size()) || ::fsync(file.get()) != 0)
      return failed(draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) return failed(path);
  return pepper;
}

}  // namespace

Result<std::string> PinHasher::pepper_of(const std::string& path) {
  if (sodium_init() < 0) return Error{ErrorCode::internal, "libsodium cannot be used"};
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return errno == ENOENT ? make_pepper(path) : Result<std::string>(failed(path));
  std::string pepper(kPepper, '\0');
  if (::read(file.get(), pepper.data(), pepper.size()) != static_cast<ssize_t>(pepper.size()))
    return Error{ErrorCode::invalid, fmt::format("{}: a pepper is {} bytes; without the right one no PIN fits any more", path, kPepper)};
  return pepper;
}

PinHasher::PinHasher(Loop& loop, const HashSettings& settings, std::string pepper)
    : loop_(loop), settings_(settings), pepper_(std::move(pepper)) {
  std::string nobody(16, '\0');
  randombytes_buf(nobody.data(), nobody.size());
  if (auto decoy = make(nobody)) decoy_ = *decoy;
  wake_up_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  watch_ = loop_.watch(wake_up_, EPOLLIN, [this](uint32_t) { tell(); });
}

PinHasher::~PinHasher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  watch_.reset();
  ::close(wake_up_);
}

std::string PinHasher::peppered(const std::string& pin) const {
  std::array<unsigned char, 32> sum{};
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(pin.data()), pin.size(),
                     reinterpret_cast<const unsigned char*>(pepper_.data()), pepper_.size());
  return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

Result<std::string> PinHasher::make(const std::string& pin) const {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const std::string key = peppered(pin);
  if (crypto_pwhash_str_alg(text.data(), key.data(), key.size(), static_cast<unsigned long long>(settings_.passes),
                            static_cast<size_t>(settings_.memory), crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Error{ErrorCode::exhausted, "no memory to hash a PIN"};
  return std::string(text.data());
}

PinHasher::Verdict PinHasher::check(const std::string& pin, const std::vector<std::string>& hashes) const {
  const std::string key = peppered(pin);
  Verdict verdict{hashes.size(), {}};
  for (size_t i = 0; i < hashes.size() && verdict.index == hashes.size(); ++i) {
    if (crypto_pwhash_str_verify(hashes[i].c_str(), key.data(), key.size()) == 0) verdict.index = i;
  }
  const bool fits = verdict.index < hashes.size();
  if (fits && crypto_pwhash_str_needs_rehash(hashes[verdict.index].c_str(), static_cast<unsigned long long>(settings_.passes),
                                             static_cast<size_t>(settings_.memory)) != 0) {
    if (auto fresh = make(pin)) verdict.fresh = std::move(*fresh);
  }
  return verdict;
}

bool PinHasher::hash(std::string pin, UniqueFunction<void(Result<std::string>)> done) {
  return put([this, pin = std::move(pin), done = std::move(done)]() mutable -> Task {
    auto made = make(pin);
    sodium_memzero(pin.data(), pin.size());
    return [made = std::move(made), done = std::move(done)]() mutable { done(std::move(made)); };
  });
}

bool PinHasher::verify(std::string pin, std::vector<std::string> hashes, UniqueFunction<void(Verdict)> done) {
  return put([this, pin = std::move(pin), hashes = std::move(hashes), done = std::move(done)]() mutable -> Task {
    auto verdict = check(pin, hashes);
    sodium_memzero(pin.data(), pin.size());
    return [verdict = std::move(verdict), done = std::move(done)]() mutable { done(std::move(verdict)); };
  });
}

bool PinHasher::pretend(std::string pin, UniqueFunction<void(Verdict)> done) { return verify(std::move(pin), {decoy_}, std::move(done)); }

size_t PinHasher::waiting() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

bool PinHasher::put(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kMostWaiting) return false;
    queue_.push_back(std::move(work));
  }
  // Threads from the first PIN on: most offices start without one.
  if (threads_.size() < static_cast<size_t>(settings_.threads)) threads_.emplace_back([this] { this->work(); });
  wake_.notify_one();
  return true;
}

void PinHasher::work() {
  for (;;) {
    Work next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    Task result = next();
    next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
    }
    const uint64_t one = 1;
    if (::write(wake_up_, &one, sizeof one) < 0) continue;  // it is readable already
  }
}

void PinHasher::tell() {
  uint64_t count = 0;
  if (::read(wake_up_, &count, sizeof count) < 0) return;
  std::vector<Task> results;
  {
    const std::lock_guard lock(mutex_);
    results.swap(results_);
  }
  for (auto& result : results) result();
}

}  // namespace tandem
