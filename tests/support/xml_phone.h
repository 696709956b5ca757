// XmlPhone: a phone with an XML browser, as its firmware does it: fetches a page, refuses what it could not read, shows title, prompt, body
// and keys, lets fields be typed and keys be pressed. Cisco, Yealink and Snom markup. Test's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/address.h"

namespace tandem::test {

class XmlPhone {
 public:
  /// `server`: where http-phone listens. `model`: what it says of itself ("CP-8841"; empty: nothing).
  XmlPhone(SocketAddress server, std::string device, std::string model = "CP-8841");

  /// What #DEVICENAME# in a service URL becomes.
  void open(std::string url);
  /// The service as the sample office's phones have it; `more`: "&loginType=DN".
  void open_service(const std::string& more = {}) { open("/emapp/EMAppServlet?device=#DEVICENAME#" + more); }

  /// Fills in a field by its label. Throws when there is none, or when its kind does not let it be typed.
  void type(const std::string& label, const std::string& text);
  /// A key below the screen, by its label. Throws when there is none.
  void press(const std::string& label);
  /// A line of a menu, by the beginning of its text.
  void choose(const std::string& beginning);

  const std::string& title() const { return title_; }
  const std::string& prompt() const { return prompt_; }
  const std::string& text() const { return text_; }
  const std::string& kind() const { return kind_; }  ///< root element of the page
  std::vector<std::string> items() const;
  std::vector<std::string> keys() const;  ///< in the order in which the phone shows them
  std::string value(const std::string& label) const;
  bool left() const { return left_; }                  ///< the service was ended by a key
  const std::string& page() const { return page_; }    ///< as it came
  const std::string& asked() const { return asked_; }  ///< target of the last request
  /// The display, in characters.
  std::string screen() const;

 private:
  struct Entry {
    std::string label, target;
    int position = 0;
  };
  struct Input {
    std::string label, parameter, flags, value;
  };
  void read(const std::string& body);
  void follow(const std::string& target);
  void submit();

  SocketAddress server_;
  std::string device_, model_;
  std::string kind_, title_, prompt_, text_, submit_url_, page_, asked_;
  std::vector<Entry> items_, keys_;
  std::vector<Input> inputs_;
  bool left_ = false;
};

}  // namespace tandem::test
