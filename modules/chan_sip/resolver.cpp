#include "resolver.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "dns_lookup.h"

namespace tandem {
namespace {

constexpr auto kFullMailbox = std::chrono::milliseconds(50);

}  // namespace

/// Takes one question after the other. Its own thread, but for the constructor, the destructor and push().
class Resolver::Worker {
 public:
  struct Question {
    DnsSettings settings;
    DnsWanted wanted;
    std::weak_ptr<DnsDone> done;
  };

  explicit Worker(Loop& loop) : loop_(loop), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ares_library_init(ARES_LIB_INIT_ALL);
    thread_ = std::thread([this] { run(); });
  }
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    const uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
    condition_.notify_one();
    thread_.join();
    ::close(wake_);
    ares_library_cleanup();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void push(Question question) {
    const std::lock_guard lock(mutex_);
    questions_.push_back(std::move(question));
    condition_.notify_one();
  }

 private:
  void run() {
    while (true) {
      std::unique_lock lock(mutex_);
      condition_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
      if (stopping_) return;
      Question next = std::move(questions_.front());
      questions_.pop_front();
      lock.unlock();
      if (next.done.expired()) continue;
      auto answer = std::make_shared<Result<Resolved>>(DnsLookup(next.settings, wake_).follow(next.wanted));
      const auto tell = [&] {
        return loop_.post(
            [done = next.done, answer] {
              if (const auto told = done.lock()) (*told)(*answer);
            },
            Share::existing);
      };
      while (!tell() && !stopping()) std::this_thread::sleep_for(kFullMailbox);
    }
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  Loop& loop_;
  const int wake_;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<Question> questions_;
  bool stopping_ = false;
  std::thread thread_;
};

Resolver::Resolver(Loop& loop) : loop_(loop) {}

Resolver::~Resolver() = default;

void Resolver::reconfigure(DnsSettings settings) { settings_ = std::move(settings); }

DnsQuery Resolver::resolve(DnsWanted wanted, DnsDone done) {
  auto query = std::make_shared<DnsDone>(std::move(done));
  if (worker_ == nullptr) worker_ = std::make_unique<Worker>(loop_);
  worker_->push({settings_, std::move(wanted), query});
  return query;
}

}  // namespace tandem
