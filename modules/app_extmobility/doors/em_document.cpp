#include "em_document.h"

#include <fmt/format.h>

#include <pugixml.hpp>

#include "screen.h"

namespace tandem {
namespace {

constexpr size_t kLongest = 128;          // of a name, a password, an address
constexpr int64_t kMostMinutes = 10'080;  // 168:00, the longest login

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Walks the children of one element in the order of its definition. The first fault stays.
class Children {
 public:
  Children(const pugi::xml_node& parent, std::string& fault) : at_(parent.first_child()), fault_(fault) {}

  bool next_is(const char* name) const { return std::string_view(at_.name()) == name; }
  pugi::xml_node take() {
    const auto node = at_;
    at_ = at_.next_sibling();
    return node;
  }
  std::string text(const char* name) {
    if (!next_is(name)) {
      fail(fmt::format("<{}> is missing", name));
      return {};
    }
    return value(take());
  }
  std::string optional_text(const char* name) { return next_is(name) ? value(take()) : std::string(); }
  void end() {
    if (at_) fail(fmt::format("<{}> is not expected here", std::string_view(at_.name()).substr(0, 40)));
  }

 private:
  void fail(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }
  std::string value(const pugi::xml_node& node) {
    const auto child = node.first_child();
    if (child && (child.type() == pugi::node_element || child.next_sibling())) fail(fmt::format("<{}> holds more than text", node.name()));
    const std::string_view text = trimmed(node.child_value());
    if (text.size() > kLongest) fail(fmt::format("<{}> is too long", node.name()));
    return std::string(text.substr(0, kLongest));
  }

  pugi::xml_node at_;
  std::string& fault_;
};

std::optional<std::chrono::minutes> duration(const pugi::xml_node& node, std::string& fault) {
  Children inside(node, fault);
  if (inside.next_is("indefinite")) {
    inside.take();
    inside.end();
    return std::chrono::minutes(0);
  }
  const std::string text = inside.text("time");
  inside.end();
  int64_t minutes = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || minutes > kMostMinutes) {
      if (fault.empty()) fault = "<time> is no number of minutes up to 10080";
      return std::nullopt;
    }
    minutes = minutes * 10 + (c - '0');
  }
  if ((text.empty() || minutes > kMostMinutes) && fault.empty()) fault = "<time> is no number of minutes up to 10080";
  return std::chrono::minutes(minutes);
}

void front_end(Children& inside, EmRequest& request, bool via) {
  request.remote_address = inside.optional_text("remoteIPAddr");
  if (via) {
    const std::string set = inside.optional_text("isViaHeaderSet");
    request.via_header = set == "true" || set == "1" || set == "yes";
  }
}

void login(const pugi::xml_node& node, EmRequest& request, std::string& fault) {
  Children inside(node, fault);
  request.devices.push_back(inside.text("deviceName"));
  request.users.push_back(inside.text("userID"));
  request.profile = inside.optional_text("deviceProfile");
  if (inside.next_is("exclusiveDuration")) request.duration = duration(inside.take(), fault);
  front_end(inside, request, true);
  inside.end();
}

void names(Children& inside, const char* name, std::vector<std::string>& into, std::string& fault) {
  into.push_back(inside.text(name));
  while (inside.next_is(name) && into.size() < kEmNames) into.push_back(inside.text(name));
  if (inside.next_is(name) && fault.empty()) fault = fmt::format("more than {} times <{}>", kEmNames, name);
}

struct Shape {
  std::string_view name;
  EmRequest::Kind kind;
};
constexpr Shape kRequests[] = {
    {"login", EmRequest::Kind::login}, {"logout", EmRequest::Kind::logout}, {"logoutAll", EmRequest::Kind::logout_all}};
// The profile query has one name in the examples and another in the definition.
constexpr Shape kQueries[] = {{"deviceUserQuery", EmRequest::Kind::device_users},
                              {"userDevicesQuery", EmRequest::Kind::user_devices},
                              {"userDeviceProfileQuery", EmRequest::Kind::user_profiles},
                              {"deviceProfileQuery", EmRequest::Kind::user_profiles},
                              {"checkUser", EmRequest::Kind::check_users}};

template <size_t N>
const Shape* shape(const Shape (&table)[N], std::string_view name) {
  for (const auto& one : table) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

void operation(const pugi::xml_node& node, EmRequest& request, std::string& fault) {
  if (request.kind == EmRequest::Kind::login) return login(node, request, fault);
  Children inside(node, fault);
  switch (request.kind) {
    case EmRequest::Kind::login:
      break;
    case EmRequest::Kind::logout:
      request.devices.push_back(inside.text("deviceName"));
      break;
    case EmRequest::Kind::logout_all:
      break;
    case EmRequest::Kind::device_users:
      names(inside, "deviceName", request.devices, fault);
      break;
    case EmRequest::Kind::user_devices:
    case EmRequest::Kind::user_profiles:
    case EmRequest::Kind::check_users:
      names(inside, "userID", request.users, fault);
      break;
  }
  front_end(inside, request, true);
  inside.end();
}

EmParsed bad(MobilityCode code, std::string why) { return {.code = code, .why = std::move(why)}; }

std::string document(std::string_view body) {
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>{}</response>\n", body);
}

// User ids are form-encoded within the markup, as the original does for those with an "@".
std::string encoded(const std::string& user) { return query_value(user); }

}  // namespace

EmParsed parse_em_request(std::string_view text) {
  pugi::xml_document document;
  // Without entities: the five of XML itself are all that a name can need, and those come with parse_escapes.
  const auto read = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  if (!read) return bad(MobilityCode::parse_error, fmt::format("{} at octet {}", read.description(), read.offset));
  for (const auto& node : document) {
    if (node.type() == pugi::node_doctype) return bad(MobilityCode::parse_error, "it has a document type");
  }
  const auto root = document.document_element();
  if (root.next_sibling()) return bad(MobilityCode::parse_error, "more than one document element");
  const bool query = std::string_view(root.name()) == "query";
  if (!query && std::string_view(root.name()) != "request") return bad(MobilityCode::parse_error, "neither <request> nor <query>");

  EmParsed parsed;
  EmRequest& request = parsed.request;
  std::string& fault = parsed.why;
  Children inside(root, fault);
  if (!inside.next_is("appInfo")) return bad(MobilityCode::parse_error, "<appInfo> is missing");
  Children application(inside.take(), fault);
  request.application = application.text("appID");
  const bool encrypted = application.next_is("appEncryptedCertificate");
  request.password = application.text(encrypted ? "appEncryptedCertificate" : "appCertificate");
  application.end();

  const auto asked = inside.take();
  const Shape* const found = query ? shape(kQueries, asked.name()) : shape(kRequests, asked.name());
  if (fault.empty() && found == nullptr) {
    return bad(query ? MobilityCode::no_query : MobilityCode::parse_error,
               fmt::format("<{}> is unknown", std::string_view(asked.name()).substr(0, 40)));
  }
  if (found != nullptr) {
    request.kind = found->kind;
    operation(asked, request, fault);
  }
  inside.end();
  if (!fault.empty()) return bad(MobilityCode::parse_error, fault);
  if (request.application.empty() || request.password.empty()) return bad(MobilityCode::authentication_error, "no credentials");
  if (encrypted) return bad(MobilityCode::authentication_error, "an encrypted certificate, which only the original can read");
  return parsed;
}

std::string em_success() { return document("<success/>"); }

std::string em_failure(MobilityCode code, std::string_view text) {
  return document(fmt::format("<failure><error code=\"{}\">{}</error></failure>", static_cast<int>(code), xml_text(text, 256)));
}

std::string em_device_users(const std::vector<EmDeviceUser>& rows) {
  std::string body;
  for (const auto& row : rows) {
    body += fmt::format("<device name=\"{}\">", xml_text(row.device));
    if (!row.exists) {
      body += "<doesNotExist/>";
    } else {
      body += row.user.empty() ? "<none/>" : fmt::format("<userID>{}</userID>", encoded(row.user));
      body += row.last_user.empty() ? "<none/>" : fmt::format("<lastlogin>{}</lastlogin>", encoded(row.last_user));
    }
    body += "</device>";
  }
  return document("<deviceUserResults>" + body + "</deviceUserResults>");
}

std::string em_user_devices(const std::vector<EmUserDevices>& rows) {
  std::string body;
  for (const auto& row : rows) {
    body += fmt::format("<user id=\"{}\">", encoded(row.user));
    if (!row.exists) body += "<doesNotExist/>";
    if (row.exists && row.devices.empty()) body += "<none/>";
    for (const auto& device : row.devices) body += fmt::format("<deviceName>{}</deviceName>", xml_text(device));
    body += "</user>";
  }
  return document("<userDevicesResults>" + body + "</userDevicesResults>");
}

std::string em_user_profiles(const std::vector<EmUserProfiles>& rows) {
  std::string body;
  for (const auto& row : rows) {
    body += fmt::format("<user id=\"{}\">", encoded(row.user));
    if (!row.exists) body += "<doesNotExist/>";
    if (row.exists && row.profiles.empty()) body += "<none/>";
    // Older clients read the names from <deviceName>, newer ones from <deviceProfile>; both are told to pass over what they do not know.
    for (const auto& profile : row.profiles) body += fmt::format("<deviceName>{}</deviceName>", xml_text(profile.name));
    for (const auto& profile : row.profiles) {
      body += fmt::format(
          "<deviceProfile><deviceProfileName>{}</deviceProfileName><isDefaultDeviceProfile>{}</isDefaultDeviceProfile></deviceProfile>",
          xml_text(profile.name), profile.is_default ? 't' : 'f');
    }
    body += "</user>";
  }
  return document("<deviceProfileResults>" + body + "</deviceProfileResults>");
}

}  // namespace tandem
