#include "support/xml_phone.h"

#include <algorithm>
#include <cctype>
#include <pugixml.hpp>
#include <stdexcept>

#include "support/raw_http.h"

namespace tandem::test {
namespace {

std::string encode(const std::string& text) {
  static const char* const kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) != 0 || c == '-' || c == '.' || c == '_') {
      out += c;
    } else {
      out += {'%', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
  return out;
}

std::string child(const pugi::xml_node& node, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    if (const auto found = node.child(name)) return found.child_value();
  }
  return {};
}

bool digits(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

XmlPhone::XmlPhone(SocketAddress server, std::string device, std::string model)
    : server_(server), device_(std::move(device)), model_(std::move(model)) {}

void XmlPhone::open(std::string url) {
  const std::string name = "#DEVICENAME#";
  if (const auto at = url.find(name); at != std::string::npos) url.replace(at, name.size(), encode(device_));
  const std::string scheme = "http://";
  if (url.starts_with(scheme)) {
    const auto slash = url.find('/', scheme.size());
    if (url.substr(scheme.size(), slash - scheme.size()) != server_.to_string())
      throw std::runtime_error("the page leads elsewhere: " + url);
    url.erase(0, slash);
  }
  asked_ = url;
  RawHttp http(server_);
  std::string request = "GET " + url + " HTTP/1.1\r\nHost: " + server_.to_string() + "\r\nAccept: x-CiscoIPPhone/*, text/*\r\n";
  if (!model_.empty()) request += "x-CiscoIPPhoneModelName: " + model_ + "\r\n";
  http.send(request + "\r\n");
  const auto came = http.receive();
  if (!came) throw std::runtime_error("no answer to " + url);
  const auto& answer = *came;
  if (answer.status != 200) throw std::runtime_error("HTTP Error (" + std::to_string(answer.status) + ")");
  if (!answer.header("content-type").starts_with("text/xml"))
    throw std::runtime_error("no page for a phone: " + answer.header("content-type"));
  read(answer.body);
}

void XmlPhone::read(const std::string& body) {
  pugi::xml_document document;
  if (const auto read = document.load_buffer(body.data(), body.size()); !read) throw std::runtime_error("XML Parse Error: " + body);
  page_ = body;
  const auto root = document.document_element();
  kind_ = root.name();
  title_ = child(root, {"Title"});
  prompt_ = child(root, {"Prompt"});
  text_ = child(root, {"Text"});
  submit_url_ = child(root, {"URL", "Url"});
  items_.clear();
  keys_.clear();
  inputs_.clear();
  if (title_.size() > 32 * 4) throw std::runtime_error("the title is too long");
  for (const auto& item : root.children("MenuItem"))
    items_.push_back({.label = child(item, {"Name", "Prompt"}), .target = child(item, {"URL", "URI"})});
  for (const auto& item : root.children("InputItem")) {
    inputs_.push_back({.label = child(item, {"DisplayName"}),
                       .parameter = child(item, {"QueryStringParam"}),
                       .flags = child(item, {"InputFlags"}),
                       .value = child(item, {"DefaultValue"})});
  }
  for (const auto& item : root.children("InputField")) {
    std::string label = child(item, {"Prompt"});
    if (label.ends_with(":")) label.pop_back();
    inputs_.push_back({.label = label,
                       .parameter = child(item, {"Parameter"}),
                       .flags = std::string(item.attribute("type").value()) == "number" ? "N" : "A",
                       .value = child(item, {"Default"})});
  }
  for (const auto& item : root.children("SoftKeyItem")) {
    const std::string label = child(item, {"Label"}), name = child(item, {"Name"});
    const std::string position = label.empty() ? child(item, {"Position"}) : name.substr(1);
    keys_.push_back({.label = label.empty() ? name : label, .target = child(item, {"URL"}), .position = std::stoi(position)});
  }
  for (const auto& item : root.children("SoftKey")) {
    keys_.push_back({.label = child(item, {"Label"}), .target = child(item, {"URI"}), .position = item.attribute("index").as_int()});
  }
  std::sort(keys_.begin(), keys_.end(), [](const Entry& a, const Entry& b) { return a.position < b.position; });
  for (size_t i = 1; i < keys_.size(); ++i) {
    if (keys_[i].position == keys_[i - 1].position) throw std::runtime_error("two keys in one place");
  }
}

void XmlPhone::type(const std::string& label, const std::string& text) {
  for (auto& input : inputs_) {
    if (input.label != label) continue;
    const bool number = input.flags.find_first_of("Nn") != std::string::npos;
    if (number && !digits(text)) throw std::runtime_error(label + " takes digits only");
    input.value = text;
    return;
  }
  throw std::runtime_error("there is no field " + label + " on\n" + screen());
}

void XmlPhone::press(const std::string& label) {
  for (const auto& key : keys_) {
    if (key.label == label) return follow(key.target);
  }
  // Snom phones send a form with a key of their own.
  if (label == "Submit" && kind_ == "SnomIPPhoneInput") return submit();
  throw std::runtime_error("there is no key " + label + " on\n" + screen());
}

void XmlPhone::choose(const std::string& beginning) {
  for (const auto& item : items_) {
    if (item.label.starts_with(beginning)) return follow(item.target);
  }
  throw std::runtime_error("there is no line " + beginning + " on\n" + screen());
}

void XmlPhone::follow(const std::string& target) {
  if (target == "SoftKey:Submit") return submit();
  if (target == "Init:Services" || target == "SoftKey:Exit" || target == "snom://mb_exit") {
    left_ = true;
    return;
  }
  open(target);
}

void XmlPhone::submit() {
  std::string url = submit_url_;
  for (const auto& input : inputs_) url += (url.find('?') == std::string::npos ? '?' : '&') + input.parameter + '=' + encode(input.value);
  open(url);
}

std::vector<std::string> XmlPhone::items() const {
  std::vector<std::string> labels;
  for (const auto& item : items_) labels.push_back(item.label);
  return labels;
}

std::vector<std::string> XmlPhone::keys() const {
  std::vector<std::string> labels;
  for (const auto& key : keys_) labels.push_back(key.label);
  return labels;
}

std::string XmlPhone::value(const std::string& label) const {
  for (const auto& input : inputs_) {
    if (input.label == label) return input.value;
  }
  return {};
}

std::string XmlPhone::screen() const {
  constexpr size_t kWidth = 46;
  std::string out = '+' + std::string(kWidth, '-') + "+\n";
  const auto line = [&](std::string text) {
    do {
      std::string part = text.substr(0, kWidth - 2);
      if (text.size() > part.size() && part.rfind(' ') != std::string::npos) part.resize(part.rfind(' ') + 1);
      text.erase(0, part.size());
      out += "| " + part + std::string(kWidth - 2 - part.size(), ' ') + " |\n";
    } while (!text.empty());
  };
  line(title_);
  line("");
  int number = 0;
  for (const auto& item : items_) line(std::to_string(++number) + "  " + item.label);
  for (const auto& input : inputs_) {
    const bool secret = input.flags.find_first_of("Pp") != std::string::npos;
    line(input.label + ": " + (secret ? std::string(input.value.size(), '*') : input.value) + '_');
  }
  for (size_t at = 0; at < text_.size();) {
    const size_t end = std::min(text_.find('\n', at), text_.size());
    line(text_.substr(at, end - at));
    at = end + 1;
  }
  line("");
  line(prompt_);
  out += '+' + std::string(kWidth, '-') + "+\n";
  std::string keys;
  int at = 1;
  for (const auto& key : keys_) {
    for (; at < key.position; ++at) keys += std::string(12, ' ');
    keys += '[' + key.label + ']' + std::string(key.label.size() < 10 ? 10 - key.label.size() : 0, ' ');
    ++at;
  }
  return out + ' ' + keys + '\n';
}

}  // namespace tandem::test
