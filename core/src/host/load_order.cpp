#include "host/load_order.h"

#include <algorithm>
#include <set>

namespace tandem {
namespace {

// Depth-first: a module is placed once everything that it requires has been. `path_` is how we came to where we are.
class Sorter {
 public:
  explicit Sorter(const std::map<std::string, std::vector<std::string>>& requirements) : requirements_(requirements) {}

  void visit(const std::string& name) {
    const auto here = requirements_.find(name);
    if (here == requirements_.end() || done_.contains(name)) return;
    if (const auto seen = std::find(path_.begin(), path_.end(), name); seen != path_.end()) return note_circle(seen, name);
    path_.push_back(name);
    for (const auto& required : here->second) visit(required);
    path_.pop_back();
    done_.insert(name);
    if (!result_.circles.contains(name)) result_.order.push_back(name);
  }

  LoadOrder take() { return std::move(result_); }

 private:
  void note_circle(std::vector<std::string>::const_iterator from, const std::string& name) {
    std::string sentence;
    for (auto it = from; it != path_.end(); ++it) sentence += *it + " requires ";
    sentence += name;
    for (auto it = from; it != path_.end(); ++it) result_.circles.emplace(*it, sentence);
  }

  const std::map<std::string, std::vector<std::string>>& requirements_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
  LoadOrder result_;
};

}  // namespace

LoadOrder load_order(const std::map<std::string, std::vector<std::string>>& requirements) {
  Sorter sorter(requirements);
  for (const auto& [name, required] : requirements) sorter.visit(name);
  return sorter.take();
}

}  // namespace tandem
