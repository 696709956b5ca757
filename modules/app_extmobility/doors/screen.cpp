#include "screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr size_t kTitle = 32, kPrompt = 64, kItem = 64, kKey = 16, kUrl = 1024;
constexpr size_t kItems = 100;  // of a menu: more no phone takes

constexpr std::string_view kXmlType = "text/xml; charset=utf-8";

struct Character {
  uint32_t code = ' ';
  size_t length = 1;
};

// Broken sequences count as one octet each.
Character first_of(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > text.size()) return {};
  uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if (next >> 6 != 2) return {};
    code = code << 6 | (next & 0x3Fu);
  }
  constexpr std::array<uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool allowed = (code >= 0x20 && code <= 0xD7FF && (code < 0x7F || code > 0x9F)) || (code >= 0xE000 && code <= 0xFFFD) ||
                       (code >= 0x10000 && code <= 0x10FFFF);
  const bool line = code == '\n' || code == '\t' || code == '\r';
  if (code < least[length] || (!allowed && !line)) return {' ', length};
  return {code, length};
}

std::string tag(std::string_view name, std::string_view text, size_t most) {
  return fmt::format("<{0}>{1}</{0}>\n", name, xml_text(text, most));
}

// Cisco. Custom keys replace the phone's own, so each screen brings all that it needs.

std::string cisco_target(const ScreenLink& link) {
  switch (link.does) {
    case ScreenLink::Does::go:
      return link.url;
    case ScreenLink::Does::submit:
      return "SoftKey:Submit";
    case ScreenLink::Does::erase:
      return "SoftKey:<<";
    case ScreenLink::Does::leave:
      return "Init:Services";
  }
  return {};
}

// Phones of the 7900 family have Exit third, newer ones first; the rest keep their order around it.
std::vector<size_t> cisco_positions(const std::vector<ScreenLink>& keys, std::string_view model) {
  const bool old = model.starts_with("CP-79");
  const auto leave = std::find_if(keys.begin(), keys.end(), [](const ScreenLink& key) { return key.does == ScreenLink::Does::leave; });
  const size_t exit = old ? 3 : 1;
  std::vector<size_t> positions;
  size_t next = 1;
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    if (key == leave) {
      positions.push_back(exit);
      continue;
    }
    if (leave != keys.end() && next == exit) ++next;
    positions.push_back(next++);
  }
  return positions;
}

std::string cisco_keys(const Screen& screen, const ScreenTaste& taste) {
  std::string out;
  const auto positions = cisco_positions(screen.keys, taste.model);
  for (size_t i = 0; i < screen.keys.size(); ++i) {
    out += "<SoftKeyItem>\n" + tag("Name", screen.keys[i].label, kKey) + tag("URL", cisco_target(screen.keys[i]), kUrl) +
           tag("Position", std::to_string(positions[i]), 2) + "</SoftKeyItem>\n";
  }
  return out;
}

std::string_view cisco_flags(const ScreenField& field) {
  if (field.kind == ScreenField::Kind::digits) return field.secret ? "NP" : "N";
  return field.secret ? "AP" : "L";
}

std::string cisco(const Screen& screen, const ScreenTaste& taste) {
  std::string body = tag("Title", screen.title, kTitle) + tag("Prompt", screen.prompt, kPrompt);
  std::string_view root = "CiscoIPPhoneText";
  if (screen.kind == Screen::Kind::text) {
    body += tag("Text", screen.text, 4000);
  } else if (screen.kind == Screen::Kind::input) {
    root = "CiscoIPPhoneInput";
    body += tag("URL", with_query(screen.url, screen.query), kUrl);
    for (const auto& field : screen.fields) {
      body += "<InputItem>\n" + tag("DisplayName", field.label, kTitle) + tag("QueryStringParam", field.parameter, kTitle) +
              tag("InputFlags", cisco_flags(field), 4) + tag("DefaultValue", field.value, kItem) + "</InputItem>\n";
    }
  } else {
    root = "CiscoIPPhoneMenu";
    for (size_t i = 0; i < std::min(kItems, screen.items.size()); ++i) {
      body +=
          "<MenuItem>\n" + tag("Name", screen.items[i].label, kItem) + tag("URL", cisco_target(screen.items[i]), kUrl) + "</MenuItem>\n";
    }
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0}>\n{1}{2}</{0}>\n", root, body, cisco_keys(screen, taste));
}

// Yealink. Keys: SoftKey elements with index, label and URI.

std::string yealink_target(const ScreenLink& link) {
  switch (link.does) {
    case ScreenLink::Does::go:
      return link.url;
    case ScreenLink::Does::submit:
      return "SoftKey:Submit";
    case ScreenLink::Does::erase:
      return "SoftKey:BackSpace";
    case ScreenLink::Does::leave:
      return "SoftKey:Exit";
  }
  return {};
}

std::string yealink_keys(const Screen& screen) {
  std::string out;
  for (size_t i = 0; i < screen.keys.size(); ++i) {
    out += fmt::format("<SoftKey index=\"{}\">\n", i + 1) + tag("Label", screen.keys[i].label, kKey) +
           tag("URI", yealink_target(screen.keys[i]), kUrl) + "</SoftKey>\n";
  }
  return out;
}

std::string yealink(const Screen& screen) {
  std::string body = tag("Title", screen.title, kTitle);
  std::string_view root = "YealinkIPPhoneTextScreen";
  std::string attributes = "Beep=\"no\" Timeout=\"0\"";
  if (screen.kind == Screen::Kind::text) {
    body += tag("Text", screen.text, 2000);
  } else if (screen.kind == Screen::Kind::input) {
    root = "YealinkIPPhoneInputScreen";
    attributes += " LockIn=\"no\" destroyOnExit=\"yes\"";
    body += tag("URL", with_query(screen.url, screen.query), kUrl);
    for (const auto& field : screen.fields) {
      body += fmt::format("<InputField type=\"{}\" password=\"{}\" editable=\"yes\">\n",
                          field.kind == ScreenField::Kind::digits ? "number" : "string", field.secret ? "yes" : "no") +
              tag("Prompt", field.label + ":", kTitle) + tag("Parameter", field.parameter, kTitle) + tag("Default", field.value, kItem) +
              "</InputField>\n";
    }
  } else {
    root = "YealinkIPPhoneTextMenu";
    for (size_t i = 0; i < std::min<size_t>(30, screen.items.size()); ++i) {
      body += "<MenuItem>\n" + tag("Prompt", screen.items[i].label, kItem) + tag("URI", yealink_target(screen.items[i]), kUrl) +
              "</MenuItem>\n";
    }
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0} {1}>\n{2}{3}</{0}>\n", root, attributes, body, yealink_keys(screen));
}

// Snom. Keys F1 to F4; a key that sends a form or erases is the phone's own.

std::string snom_keys(const Screen& screen) {
  std::string out;
  size_t number = 1;
  for (const auto& key : screen.keys) {
    const bool own = key.does == ScreenLink::Does::submit || key.does == ScreenLink::Does::erase;
    if (own || number > 4) continue;
    out += "<SoftKeyItem>\n" + tag("Name", fmt::format("F{}", number++), 4) + tag("Label", key.label, kKey) +
           tag("URL", key.does == ScreenLink::Does::leave ? "snom://mb_exit" : key.url, kUrl) + "</SoftKeyItem>\n";
  }
  return out;
}

std::string snom(const Screen& screen) {
  std::string body = tag("Title", screen.title, kTitle) + tag("Prompt", screen.prompt, kPrompt);
  std::string_view root = "SnomIPPhoneText";
  if (screen.kind == Screen::Kind::text) {
    body += tag("Text", screen.text, 2000);
  } else if (screen.kind == Screen::Kind::input) {
    root = "SnomIPPhoneInput";
    body += tag("Url", with_query(screen.url, screen.query), kUrl);
    for (const auto& field : screen.fields) {
      body += "<InputItem>\n" + tag("DisplayName", field.label, kTitle) + tag("QueryStringParam", field.parameter, kTitle) +
              tag("DefaultValue", field.value, kItem) +
              tag("InputFlags",
                  field.secret                              ? (field.kind == ScreenField::Kind::digits ? "pn" : "p")
                  : field.kind == ScreenField::Kind::digits ? "n"
                                                            : "a",
                  4) +
              "</InputItem>\n";
    }
  } else {
    root = "SnomIPPhoneMenu";
    for (size_t i = 0; i < std::min<size_t>(50, screen.items.size()); ++i) {
      body += "<MenuItem>\n" + tag("Name", screen.items[i].label, kItem) +
              tag("URL", screen.items[i].does == ScreenLink::Does::leave ? "snom://mb_exit" : screen.items[i].url, kUrl) + "</MenuItem>\n";
    }
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0}>\n{1}{2}</{0}>\n", root, body, snom_keys(screen));
}

// For phones with a web browser, and for people with a code that they scanned.

std::string html_form(const Screen& screen) {
  std::string out = fmt::format("<form method=\"post\" action=\"{}\" autocomplete=\"off\">\n", xml_text(screen.url, kUrl));
  for (const auto& [name, value] : screen.query) {
    out += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", xml_text(name, kItem), xml_text(value, kUrl));
  }
  for (const auto& field : screen.fields) {
    out += fmt::format("<label>{} <input name=\"{}\" type=\"{}\"{} value=\"{}\"></label>\n", xml_text(field.label, kTitle),
                       xml_text(field.parameter, kTitle), field.secret ? "password" : "text",
                       field.kind == ScreenField::Kind::digits ? " inputmode=\"numeric\"" : "", xml_text(field.value, kItem));
  }
  return out + "<button>Submit</button>\n</form>\n";
}

std::string html(const Screen& screen) {
  std::string body;
  if (screen.kind == Screen::Kind::text) body += "<p>" + xml_text(screen.text) + "</p>\n";
  if (screen.kind == Screen::Kind::input) body += html_form(screen);
  if (!screen.prompt.empty()) body = "<p>" + xml_text(screen.prompt) + "</p>\n" + body;
  for (const auto* links : {&screen.items, &screen.keys}) {
    for (const auto& link : *links) {
      if (link.does != ScreenLink::Does::go) continue;
      body += fmt::format("<p><a href=\"{}\">{}</a></p>\n", xml_text(link.url, kUrl), xml_text(link.label, kItem));
    }
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{0}</title></head>\n<body>\n<h1>{0}</h1>\n{1}</body>\n</html>\n",
      xml_text(screen.title, kTitle), body);
}

}  // namespace

std::string xml_text(std::string_view text, size_t most) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size() && most > 0; --most) {
    const Character next = first_of(text.substr(at));
    switch (next.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case ' ':
        out += ' ';
        break;  // also what may not stand there
      default:
        out.append(text, at, next.length);
    }
    at += next.length;
  }
  return out;
}

std::string query_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

std::string with_query(std::string url, const ScreenQuery& query) {
  char mark = '?';
  for (const auto& [name, value] : query) {
    url += mark + query_value(name) + '=' + query_value(value);
    mark = '&';
  }
  return url;
}

Markup markup_of(std::string_view vendor) {
  if (vendor == "cisco") return Markup::cisco;
  if (vendor == "yealink") return Markup::yealink;
  if (vendor == "snom") return Markup::snom;
  return Markup::html;
}

RenderedScreen render(const Screen& screen, Markup markup, const ScreenTaste& taste) {
  switch (markup) {
    case Markup::cisco:
      return {std::string(kXmlType), cisco(screen, taste)};
    case Markup::yealink:
      return {std::string(kXmlType), yealink(screen)};
    case Markup::snom:
      return {std::string(kXmlType), snom(screen)};
    case Markup::html:
      break;
  }
  return {"text/html; charset=utf-8", html(screen)};
}

}  // namespace tandem
