// LruCache: the answers that were asked for last, by name. Bounded; switch thread only.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tandem {

/// At `capacity` entries the one that nobody has asked for longest makes room.
template <class Value>
class LruCache {
 public:
  explicit LruCache(size_t capacity) : capacity_(capacity) {}

  /// Null when it is not here. The pointer holds until the next put() or clear().
  const Value* find(std::string_view key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return &it->second->second;
  }

  /// `key` is not here yet.
  const Value& put(std::string_view key, Value value) {
    if (order_.size() >= capacity_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(std::string(key), std::move(value));
    index_.emplace(order_.front().first, order_.begin());
    return order_.front().second;
  }

  /// The next one who asks reads it anew.
  void erase(std::string_view key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return;
    const auto entry = it->second;
    index_.erase(it);  // its key is a view into the entry
    order_.erase(entry);
  }
  void clear() {
    index_.clear();
    order_.clear();
  }
  size_t size() const { return order_.size(); }

 private:
  using Order = std::list<std::pair<std::string, Value>>;
  const size_t capacity_;
  Order order_;                                                           ///< latest first
  std::unordered_map<std::string_view, typename Order::iterator> index_;  ///< keys are views into order_
};

}  // namespace tandem
