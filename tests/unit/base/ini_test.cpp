#include "base/ini.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace tandem {
namespace {

using testing::HasSubstr;

class IniTest : public testing::Test {
 protected:
  IniSource source() {
    return {[this](const std::string& path, size_t limit) -> Result<std::string> {
              const auto it = files.find(path);
              if (it == files.end()) return Error{ErrorCode::not_found, "No such file or directory"};
              if (it->second.size() > limit) return Error{ErrorCode::exhausted, "too long"};
              return it->second;
            },
            [this](const std::string& name) -> std::optional<std::string> {
              const auto it = variables.find(name);
              if (it == variables.end()) return std::nullopt;
              return it->second;
            }};
  }
  ConfigFile read(std::string text) {
    files["c/a.ini"] = std::move(text);
    auto file = read_ini("c/a.ini", source(), limits);
    EXPECT_TRUE(file) << file.error().message;
    return file ? *file : ConfigFile{};
  }
  std::string complaint(std::string text) {
    files["c/a.ini"] = std::move(text);
    auto file = read_ini("c/a.ini", source(), limits);
    EXPECT_FALSE(file);
    if (file) return "";
    EXPECT_EQ(file.error().code, ErrorCode::invalid);
    return file.error().message;
  }
  std::string value(const std::string& right) {
    const auto file = read("[s]\nk =" + right + "\n");
    return file.sections.empty() ? "(none)" : file.sections[0].values.at("k").text;
  }

  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;
  IniLimits limits;
};

TEST_F(IniTest, SectionsKeepTheirOrderAndValuesTheirPlace) {
  const auto file = read("\xEF\xBB\xBF; head\n[b]\r\nx = 1\r\n\r\n  # note\n[a] ; why\n y=2");
  EXPECT_EQ(file.path, "c/a.ini");
  ASSERT_EQ(file.sections.size(), 2U);
  EXPECT_EQ(file.sections[0].name, "b");
  EXPECT_EQ(file.sections[0].line, 2);
  EXPECT_EQ(file.sections[1].name, "a");
  EXPECT_EQ(file.sections[1].line, 6);
  const auto& y = file.find("a")->values.at("y");
  EXPECT_EQ(y.text, "2");
  EXPECT_EQ(y.file, "c/a.ini");
  EXPECT_EQ(y.line, 7);
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST_F(IniTest, CommentsQuotesAndBackslashes) {
  EXPECT_EQ(value(" plain text \t"), "plain text");
  EXPECT_EQ(value(""), "");
  EXPECT_EQ(value(" a ; b"), "a");
  EXPECT_EQ(value(" a # b"), "a");
  EXPECT_EQ(value(" a;b#c"), "a;b#c");
  EXPECT_EQ(value(" ; all comment"), "");
  EXPECT_EQ(value(" a \\; b"), "a ; b");
  EXPECT_EQ(value(" \\#31\\#"), "#31#");
  EXPECT_EQ(value(" \" a ; b \" ; c"), " a ; b ");
  EXPECT_EQ(value(" \"say \\\"hi\\\" \\\\ \\d\""), "say \"hi\" \\ \\d");
  EXPECT_EQ(value(" \"\""), "");
  EXPECT_EQ(value(" \\d+ \\"), "\\d+ \\");
  EXPECT_EQ(value(" end\\ "), "end ");
  EXPECT_EQ(value(" John \"the\" Doe"), "John \"the\" Doe");
  EXPECT_EQ(value(" a = b"), "a = b");
  EXPECT_EQ(value(" Zo\xC3\xAB"), "Zo\xC3\xAB");
}

TEST_F(IniTest, EnvironmentValues) {
  variables = {{"NAME", "office ; not a comment "}, {"EMPTY", ""}, {"BAD", "a\nb"}};
  EXPECT_EQ(value(" ${NAME}"), "office ; not a comment ");
  EXPECT_EQ(value(" x${EMPTY}y"), "xy");
  EXPECT_EQ(value(" ${EMPTY:-other}"), "other");
  EXPECT_EQ(value(" ${NONE:-a b}!"), "a b!");
  EXPECT_EQ(value(" ${NONE:-}"), "");
  EXPECT_EQ(value(" \"${NAME}\""), "office ; not a comment ");
  EXPECT_EQ(value(" \\${NAME} $5 $"), "${NAME} $5 $");
  EXPECT_THAT(complaint("[s]\nk = ${NONE}\n"), HasSubstr("c/a.ini:2: the environment variable NONE is not set"));
  EXPECT_THAT(complaint("[s]\nk = ${BAD}\n"), HasSubstr("control characters"));
  EXPECT_THAT(complaint("[s]\nk = ${NAME\n"), HasSubstr("without \"}\""));
  EXPECT_THAT(complaint("[s]\nk = ${}\n"), HasSubstr("needs the name"));
  EXPECT_THAT(complaint("[s]\nk = ${a b}\n"), HasSubstr("needs the name"));
}

TEST_F(IniTest, TemplatesInheritanceAndAppend) {
  const auto file = read(
      "[base](!)\ncodec = pcmu\nring = 30s\n"
      "[loud](!,base)\nring = 60s\n"
      "[one](base)\nname = One\n"
      "[two](base,loud)\ncodec = pcma\n"
      "[three](one)\n"
      "[one](+)\nextra = yes\nring = 5s\n");
  ASSERT_EQ(file.sections.size(), 3U);
  const auto& one = file.find("one")->values;
  EXPECT_EQ(one.at("codec").text, "pcmu");
  EXPECT_EQ(one.at("codec").line, 2);
  EXPECT_EQ(one.at("ring").text, "5s");
  EXPECT_EQ(one.at("ring").line, 13);
  EXPECT_EQ(one.at("extra").text, "yes");
  const auto& two = file.find("two")->values;
  EXPECT_EQ(two.at("ring").text, "60s");
  EXPECT_EQ(two.at("codec").text, "pcma");
  EXPECT_EQ(file.find("three")->values.at("name").text, "One");
  EXPECT_EQ(file.find("three")->values.count("extra"), 0U);
  EXPECT_EQ(file.find("base"), nullptr);
}

TEST_F(IniTest, EveryMistakeIsCollectedWithItsPlace) {
  EXPECT_EQ(complaint("lost = 1\n"
                      "[a]\nx = 1\nx = 2\n"
                      "[a]\nignored = because of the header\n"
                      "[b](none)\n"
                      "[c](+)\nignored\n"
                      "[\n"
                      "[]\n[d] x\n[e](\n[f]()\n[g](!,,h)\n[i](+,!)\n"
                      "[j]\n= 1\nno equals\na b = 1\nk => 1\nq = \"open\nr = \"a\" b\n#exec ls\n"),
            "c/a.ini:1: lost: a key before the first [section]\n"
            "c/a.ini:4: [a] x: is already set at c/a.ini:3\n"
            "c/a.ini:5: [a] is already at c/a.ini:2; [a](+) adds to it\n"
            "c/a.ini:7: there is no template or section [none] above\n"
            "c/a.ini:8: there is no section [c] above that (+) could add to\n"
            "c/a.ini:9: expected \"key = value\" or \"[section]\"\n"
            "c/a.ini:10: the section's \"]\" is missing\n"
            "c/a.ini:11: the section has no name\n"
            "c/a.ini:12: text after the section's bracket\n"
            "c/a.ini:13: the \")\" after the section is missing\n"
            "c/a.ini:14: the round brackets after the section are empty\n"
            "c/a.ini:15: an empty name in the round brackets\n"
            "c/a.ini:16: (+) goes with nothing else in the round brackets\n"
            "c/a.ini:18: there is no key before \"=\"\n"
            "c/a.ini:19: expected \"key = value\" or \"[section]\"\n"
            "c/a.ini:20: a key has no blanks, quotes, brackets or comment signs in it\n"
            "c/a.ini:21: write \"key = value\", not \"key => value\"\n"
            "c/a.ini:22: the quote is not closed\n"
            "c/a.ini:23: there is text after the closing quote (write \\\" for a quote inside a value)\n"
            "c/a.ini:24: #exec is not something Tandem does");
}

TEST_F(IniTest, IncludesStandBesideTheIncludingFile) {
  files["c/sub/b.ini"] = "y = 2\n#include deep.ini\n[other]\nz = 3\n";
  files["c/sub/deep.ini"] = "w = 4\n";
  files["/etc/c.ini"] = "[abs]\n";
  variables["WHERE"] = "/etc";
  const auto file = read("[s]\nx = 1\n#include \"sub/b.ini\" ; more\nv = 5\n#include ${WHERE}/c.ini\n#including is a comment\n");
  ASSERT_EQ(file.sections.size(), 3U);
  const auto& s = file.find("s")->values;
  EXPECT_EQ(s.at("y").file, "c/sub/b.ini");
  EXPECT_EQ(s.at("w").file, "c/sub/deep.ini");
  EXPECT_EQ(s.at("v").text, "5");
  EXPECT_EQ(s.at("v").line, 4);
  EXPECT_EQ(file.find("other")->values.size(), 1U);
}

TEST_F(IniTest, IncludeMistakesAreNamed) {
  files["c/b.ini"] = "#include ./../c/a.ini\n[fine]\nbad\n";
  EXPECT_EQ(complaint("#include b.ini\n#include none.ini\n#include\n"),
            "c/b.ini:1: the file includes itself: c/a.ini -> c/b.ini -> c/a.ini\n"
            "c/b.ini:3: expected \"key = value\" or \"[section]\"\n"
            "c/a.ini:2: cannot include c/none.ini: No such file or directory\n"
            "c/a.ini:3: #include needs the name of a file");
  for (int i = 0; i < 30; ++i) files["c/d" + std::to_string(i)] = "#include d" + std::to_string(i + 1) + "\n";
  EXPECT_EQ(complaint("#include d0\n"), "c/d14:1: includes are nested more than 16 deep");
}

TEST_F(IniTest, IncludesCannotMultiply) {
  for (int i = 0; i < 12; ++i) {
    const auto next = "#include d" + std::to_string(i + 1) + "\n";
    files["c/d" + std::to_string(i)] = next + next + next + next;
  }
  files["c/d12"] = "\n";
  EXPECT_THAT(complaint("#include d0\n"), HasSubstr("more than 1000 files are included"));
}

TEST_F(IniTest, BytesThatAreNotTextAreErrors) {
  EXPECT_EQ(complaint(std::string("[s]\nk = a\0b\n", 12)), "c/a.ini:2: a NUL byte: this is not a text file");
  EXPECT_EQ(complaint("[s]\nk = \x1b[2J\n"), "c/a.ini:2: the control character 0x1b");
  for (const char* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xC3"}) {
    EXPECT_EQ(complaint(std::string("[s]\nk = ") + bad + "\n"), "c/a.ini:2: the line is not UTF-8");
  }
  EXPECT_THAT(complaint(std::string(70'000, 'x')), HasSubstr("c/a.ini:1: the line is longer than 65536 bytes"));
}

TEST_F(IniTest, ComplaintsAreBounded) {
  std::string text = "[s]\n";
  for (int i = 0; i < 1000; ++i) text += "x\n";
  const auto all = complaint(text);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 100);
  EXPECT_THAT(all, HasSubstr("c/a.ini:101: reading ends here, there are too many mistakes"));
}

TEST_F(IniTest, TemplatesCannotMultiply) {
  limits.values = 1000;
  std::string text = "[t](!)\n";
  for (int i = 0; i < 100; ++i) text += "k" + std::to_string(i) + " = v\n";
  for (int i = 0; i < 100; ++i) text += "[s" + std::to_string(i) + "](t)\n";
  EXPECT_THAT(complaint(text), HasSubstr("c/a.ini:111: too much"));
  limits = {};
  limits.value_bytes = 5000;
  EXPECT_THAT(complaint("[t](!)\nk = " + std::string(3000, 'x') + "\n[a](t)\n"), HasSubstr("c/a.ini:3: too much"));
  limits = {};
  limits.sections = 2;
  EXPECT_THAT(complaint("[a]\n[b]\n[c]\n[d]\n"), HasSubstr("c/a.ini:3: more than 2 sections"));
}

TEST_F(IniTest, AMissingFileIsNotFound) {
  const auto file = read_ini("c/none.ini", source(), limits);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::not_found);
}

TEST_F(IniTest, AnEmptyFileIsFine) { EXPECT_TRUE(read("").sections.empty()); }

// The bound is ten times what it takes, so that it catches a quadratic reader and no slow machine.
TEST_F(IniTest, AHundredThousandSectionsAreRead) {
  std::string text = "[person](!)\nclass = national\npickup = 1\n";
  for (int i = 0; i < 100'000; ++i) {
    text += fmt::format("[user{0}](person)\nname = \"Person {0}\"\nextension = {1}\npin = 1234 ; fresh\n", i, 10'000 + i);
  }
  const auto file = read(std::move(text));
  EXPECT_EQ(file.sections.size(), 100'000U);
  EXPECT_EQ(file.sections.back().values.at("class").text, "national");
}

}  // namespace
}  // namespace tandem
