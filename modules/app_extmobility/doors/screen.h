// Screen: one page on a phone's display, and its markup for each family of phones. Pure values and functions; any thread.
// Sources: Cisco IP Phone Services application development notes, Yealink XML browser, Snom minibrowser (facts: phone-protocol, 5 and 7).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Which markup a phone reads: by its device record, never by what a request says of itself.
enum class Markup : uint8_t { cisco, yealink, snom, html };
Markup markup_of(std::string_view vendor);

/// Names and values, not yet encoded.
using ScreenQuery = std::vector<std::pair<std::string, std::string>>;
/// "http://pbx:8080/emapp/EMAppServlet?device=SEP001122330001"
std::string with_query(std::string url, const ScreenQuery& query);

struct ScreenField {
  enum class Kind : uint8_t { text, digits };
  std::string label;      ///< "User ID"
  std::string parameter;  ///< of the query: "userid"
  Kind kind = Kind::digits;
  bool secret = false;  ///< masked while it is typed
  std::string value = {};
};

/// A way on: what it is called, and where it leads.
struct ScreenLink {
  enum class Does : uint8_t {
    go,      ///< fetches `url`
    submit,  ///< sends the fields to the screen's url
    erase,   ///< deletes the last character
    leave,   ///< ends the service
  };
  Does does = Does::go;
  std::string label;
  std::string url = {};  ///< absolute; query encoded
};

struct Screen {
  enum class Kind : uint8_t { text, input, menu };
  Kind kind = Kind::text;
  std::string title, prompt;
  std::string text = {};                 ///< text
  std::string url = {};                  ///< input: where the fields go
  ScreenQuery query = {};                ///< input: what goes there besides the fields
  std::vector<ScreenField> fields = {};  ///< input
  std::vector<ScreenLink> items = {};    ///< menu
  std::vector<ScreenLink> keys = {};     ///< below the screen, in order
};

/// What the phone said of itself; moves the keys only.
struct ScreenTaste {
  std::string model = {};  ///< "CP-7961G" of x-CiscoIPPhoneModelName; may be empty, or anything
};

struct RenderedScreen {
  std::string type;  ///< "text/xml; charset=utf-8"
  std::string body;
};
/// Long names are cut to what phones take, what no phone can show becomes a space.
RenderedScreen render(const Screen& screen, Markup markup, const ScreenTaste& taste = {});

/// `text` for between tags and in attributes: & < > " ' escaped, what XML forbids (control characters, broken UTF-8) a space; at most
/// `most` characters.
std::string xml_text(std::string_view text, size_t most = 4000);
/// For a query: everything but letters, digits and "-._~" in percent form.
std::string query_value(std::string_view text);

}  // namespace tandem
