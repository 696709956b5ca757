// RemoteBook: everybody's destinations, the access lists and the settings of people, in memory. Switch thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "destination.h"
#include "number_index.h"

namespace tandem {

class RemoteBook {
 public:
  struct Person {
    PersonSettings declared, own;                                  ///< by the ini file; by people and administrators
    std::vector<std::unique_ptr<const Destination>> destinations;  ///< in their order

    /// What is set by either; what people have set themselves goes first.
    PersonSettings settings() const;
  };

  explicit RemoteBook(DialRules dial) : dial_(std::move(dial)) {}

  const DialRules& dial() const { return dial_; }

  /// Null: nothing is known of that person.
  const Person* person(std::string_view user) const;
  const Destination* find(std::string_view user, std::string_view name) const;
  const Destination* find(std::string_view id) const;
  const AccessList* list(std::string_view name) const;
  const std::map<std::string, AccessList, std::less<>>& lists() const { return lists_; }
  size_t size() const { return index_.size(); }

  /// New, or in place of what it was. False: its number is another destination's; nothing has changed then.
  bool put(Destination destination);
  void remove(std::string_view user, std::string_view name);
  void put(AccessList list) { lists_.insert_or_assign(list.name, std::move(list)); }
  void remove_list(std::string_view name);
  void declare(const std::string& user, const PersonSettings& settings) { people_[user].declared = settings; }
  void set(const std::string& user, const PersonSettings& settings) { people_[user].own = settings; }

  NumberIndex::Found match(std::string_view number) const { return index_.find(as_dialled(dial_, number)); }
  NumberIndex::Found match_end(std::string_view number, size_t least) const { return index_.find_by_end(as_dialled(dial_, number), least); }
  /// A destination other than `except` whose last `least` digits are those of `number`. Null: there is none.
  const Destination* clash(std::string_view number, size_t least, const Destination* except) const {
    return index_.clash(as_dialled(dial_, number), least, except);
  }
  /// Whose destinations use that list: the first one. Null: nobody's.
  const Destination* user_of_list(std::string_view name) const;
  /// People, by name, that come after `after`; at most `most`.
  std::vector<std::string> people(std::string_view after, size_t most) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  DialRules dial_;
  std::unordered_map<std::string, Person, Hash, std::equal_to<>> people_;
  std::map<std::string, AccessList, std::less<>> lists_;
  NumberIndex index_;
};

}  // namespace tandem
