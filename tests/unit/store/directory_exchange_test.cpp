// Import and export, as an admin types them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/config_folder.h"
#include "store/exchange_commands.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOffice = R"([general]
secrets = secrets.ini
[site hq]
location = Main Street
emergency_callback = +14085551000
[user ann]
name = Ann
extension = 11001
[device SEP1]
model = CP-8841
site = hq
owner = ann
)";

/// Keeps the commands, so that a test can type them.
class Commands final : public Console {
 public:
  Result<Registration> add(ConsoleCommand command) override {
    const std::string words = command.words;
    commands_.emplace(words, std::move(command));
    return Registration([this, words] { commands_.erase(words); });
  }
  void publish(std::string_view, std::string_view) override {}
  bool watched(std::string_view) const override { return false; }
  ConsoleCommand& at(const std::string& words) { return commands_.at(words); }

 private:
  std::map<std::string, ConsoleCommand> commands_;
};

/// One machine with its configuration and its state.
class Machine {
 public:
  explicit Machine(const std::string& ini) {
    configs_.write("secrets.ini", "[devices]\ndefault = a-good-one\n");
    configs_.write("directory.ini", ini);
    directory_ = std::move(*DirectoryStore::open(store_, config_));
    kept_ = register_exchange_commands(console_, *directory_);
  }
  /// The answer as JSON text, or the error's sentence.
  std::string type(const std::string& words, std::vector<std::string> args) {
    std::optional<std::string> said;
    console_.at(words).run(args, [&](Result<Json> reply) { said = reply ? reply->dump() : reply.error().message; });
    EXPECT_TRUE(loop_.run_until([&] { return said.has_value(); }));
    return said.value_or("");
  }
  std::string import(const std::string& name, const std::string& text, std::vector<std::string> words = {}) {
    words.insert(words.begin(), files_.write(name, text));
    return type("directory import", words);
  }
  Result<std::string> reload(const std::string& ini) {
    configs_.write("directory.ini", ini);
    std::optional<Result<std::string>> answer;
    directory_->reload([&](Result<std::string> result) { answer.emplace(std::move(result)); });
    EXPECT_TRUE(loop_.run_until([&] { return answer.has_value(); }));
    return *answer;
  }
  std::string file(const std::string& name) { return files_.file(name); }
  std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(file(name), std::ios::binary).rdbuf();
    return text.str();
  }
  /// All rows of all tables, whoever owns them.
  std::string state() {
    std::string all;
    auto& db = directory_->database().reader();
    for (const char* query :
         {"SELECT id, location, emergency_callback, time_zone FROM sites ORDER BY 1",
          "SELECT id, name, extension, calling_class, did FROM users ORDER BY 1", "SELECT id, user, model FROM profiles ORDER BY 1",
          "SELECT name, model, vendor, site, secret, user, extension, label, extension_mobility, behind_nat FROM "
          "devices ORDER BY 1",
          "SELECT name, number FROM services ORDER BY 1", "SELECT digits, kind, target FROM numbers ORDER BY 1"}) {
      SQLite::Statement rows(db, query);
      while (rows.executeStep()) {
        for (int i = 0; i < rows.getColumnCount(); ++i) all += rows.getColumn(i).getString() + '|';
        all += '\n';
      }
    }
    return all;
  }
  DirectoryStore& directory() { return *directory_; }

 private:
  test::TemporaryFolder state_, configs_, files_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  std::unique_ptr<DirectoryStore> directory_;
  Commands console_;
  std::vector<Registration> kept_;
};

TEST(DirectoryImport, ASpreadsheetOfUsersBecomesUsersWithNumbers) {
  Machine office(kOffice);
  EXPECT_THAT(office.import("users.csv",
                            "\xEF\xBB\xBFid;name;extension;did\r\nlea;\"Lea; the \"\"new\"\" one\";12001;+14085552001\r\n\r\n"
                            "max;Max;12002;\r\n"),
              HasSubstr(R"("rows":"users","id":"","import":"2 new, 0 changed, 0 unchanged, 0 removed")"));
  EXPECT_EQ(office.directory().user("lea")->name, "Lea; the \"new\" one");
  EXPECT_EQ(office.directory().user("lea")->calling_class, "internal");
  EXPECT_EQ(office.directory().number("+14085552001")->owner, "lea");
  EXPECT_EQ(office.directory().counts().users, 3);
}

TEST(DirectoryImport, WhatTheFileDoesNotSpeakOfStaysAsItIs) {
  Machine office(kOffice);
  office.import("users.csv", "id,name,extension,calling_class\nlea,Lea,12001,national\n");
  office.import("phones.csv", "id,model,site,owner,secret\nphone-1,generic,hq,lea,first\n");
  EXPECT_THAT(office.import("users.csv", "id,name\nlea,Lea Lee\n"), HasSubstr("0 new, 1 changed"));
  const auto lea = office.directory().user("lea");
  EXPECT_EQ(lea->name + lea->extension + lea->calling_class, "Lea Lee12001national");
  office.import("phones.csv", "id,model,site,owner,secret\nphone-1,yealink,hq,lea,\n");
  EXPECT_EQ(office.directory().device("phone-1")->model, "yealink");
  EXPECT_EQ(office.directory().device("phone-1")->secret, "first") << "a secret is never taken away";
}

TEST(DirectoryImport, NumbersMoveBetweenRowsInWhateverOrderTheyStand) {
  Machine office(kOffice);
  office.import("users.csv", "id,name,extension\nlea,Lea,12001\nmax,Max,12002\n");
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nlea,Lea,12002\nmax,Max,12001\n"), HasSubstr("2 changed"));
  EXPECT_EQ(office.directory().number("12001")->owner, "max");
  EXPECT_EQ(office.directory().number("12002")->owner, "lea");
  office.import("users.csv", "id,name,extension\nlea,Lea,12003\n");
  EXPECT_FALSE(office.directory().number("12002"));
}

TEST(DirectoryImport, AReferenceMayStandAboveWhatItRefersTo) {
  Machine office(kOffice);
  EXPECT_THAT(office.import("all.csv", "kind,id,model,site,owner,secret,name,extension\ndevice,p1,m,hq,lea,s,,\nuser,lea,,,,,Lea,12001\n"),
              HasSubstr("1 new"));
  EXPECT_EQ(office.directory().occupant(*office.directory().device("p1")).number, "12001");
}

TEST(DirectoryImport, CheckSaysWhatWouldChangeAndChangesNothing) {
  Machine office(kOffice);
  const std::string before = office.state();
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nlea,Lea,12001\n", {"check"}),
              AllOf(HasSubstr("1 new, 0 changed"), HasSubstr(R"("rows":"user","id":"lea","import":"new")")));
  EXPECT_EQ(office.state(), before);
  EXPECT_FALSE(office.directory().user("lea"));
}

TEST(DirectoryImport, ReplaceTakesAwayWhatEarlierImportsBroughtAndNothingElse) {
  Machine office(kOffice);
  office.import("users.csv", "id,name,extension\nlea,Lea,12001\nmax,Max,12002\n");
  office.import("phones.csv", "id,model,site,owner,secret\np1,m,hq,lea,s\n");
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nlea,Lea,12001\n", {"replace"}), HasSubstr("1 unchanged, 1 removed"));
  EXPECT_FALSE(office.directory().user("max"));
  EXPECT_FALSE(office.directory().number("12002"));
  EXPECT_TRUE(office.directory().user("ann")) << "declared in directory.ini";
  EXPECT_TRUE(office.directory().device("p1")) << "the file holds users alone";
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nmax,Max,12002\n", {"replace"}),
              AllOf(HasSubstr("the device p1 would be left with owner \"lea\""), EndsWith("nothing has changed")));
  EXPECT_TRUE(office.directory().user("lea"));
}

TEST(DirectoryImport, RowsOfDirectoryIniAreChangedThere) {
  Machine office(kOffice);
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nann,Ann,11001\n"), HasSubstr("1 unchanged"));
  EXPECT_THAT(office.import("users.csv", "id,name,extension\nann,Anne,11001\n"),
              HasSubstr("users.csv:2: [user ann] is declared in directory.ini with other values: change it there"));
  EXPECT_EQ(office.directory().user("ann")->name, "Ann");
}

TEST(DirectoryImport, DirectoryIniMayNotTakeWhatImportedRowsNeed) {
  Machine office(kOffice);
  office.import("phones.csv", "id,model,site,owner,secret\np1,m,hq,ann,s\n");
  const auto refused = office.reload("[general]\nsecrets = secrets.ini\n[site hq]\nlocation = x\nemergency_callback = +14085551000\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("the device p1 would be left with owner \"ann\", and there is no such user"));
  EXPECT_TRUE(office.directory().user("ann"));
  const auto taken = office.reload(std::string(kOffice) + "[device p1]\nmodel = m\nsite = hq\nowner = ann\n");
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("p1 exists among the devices already and belongs to the import"));
}

struct Mistake {
  const char* name;
  const char* file;  ///< "bad.csv" or "bad.ini"
  std::string text;
  const char* complaint;
};
class ImportMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ImportMistakes, AreNamedWithLineAndChangeNothing) {
  Machine office(kOffice);
  const std::string before = office.state();
  EXPECT_THAT(office.import(GetParam().file, GetParam().text), AllOf(HasSubstr(GetParam().complaint), EndsWith("\nnothing has changed")));
  EXPECT_EQ(office.state(), before);
}

const Mistake kMistakes[] = {
    {"BadValue", "bad.csv", "id,name,extension\nok,Ok,12001\nlea,Lea,12x\n", "bad.csv:3: [user lea] extension: must be 1 to 24 digits"},
    {"Taken", "bad.csv", "id,name,extension\nlea,Lea,11001\n", "bad.csv:2: [user lea] the number 11001 is taken by the user ann"},
    {"TakenInTheFile", "bad.csv", "id,name,extension\na,A,12001\nb,B,12001\n",
     "bad.csv:3: [user b] the number 12001 is taken by the user a"},
    {"Twice", "bad.csv", "id,name,extension\na,A,12001\na,A,12001\n", "bad.csv:3: [user a] is at "},
    {"NoSuchUser", "bad.csv", "id,user,model\np,ghost,m\n", "bad.csv:2: [profile p] user: no user \"ghost\""},
    {"NoSecret", "bad.csv", "id,model,site,owner\np1,m,hq,ann\n", "bad.csv:2: [device p1] is new and has no secret"},
    {"Missing", "bad.csv", "id,name\nlea,Lea\n", "bad.csv:2: [user lea] extension: is missing"},
    {"BadId", "bad.csv", "id,name,extension\nl e a,Lea,12001\n", "bad.csv:2: [user l e a] a name is 1 to 64 letters"},
    {"UnknownColumn", "bad.csv", "id,name,shoe_size\n", "bad.csv:1: \"shoe_size\" is no column"},
    {"NoId", "bad.csv", "name,extension\n", "bad.csv:1: there is no column \"id\""},
    {"WhichKind", "bad.csv", "id,extension\n", "bad.csv:1: the rows may be of the kind user or device: add a column \"kind\""},
    {"NoKind", "bad.csv", "id,did,site\n", "bad.csv:1: no kind of row has the columns id, did, site together"},
    {"ForeignColumn", "bad.csv", "kind,id,name,extension,site\nuser,lea,Lea,12001,hq\n", "bad.csv:2: [user lea] site: is not a key"},
    {"UnknownKind", "bad.csv", "kind,id,name\nuzer,lea,Lea\n", "bad.csv:2: [uzer lea] unknown kind of row"},
    {"TooManyFields", "bad.csv", "id,name,extension\nlea,Lea,12001,x\n", "bad.csv:2: 4 fields, and 3 columns"},
    {"OpenQuote", "bad.csv", "id,name,extension\nlea,\"Lea,12001\n", "bad.csv:2: the quote is not closed"},
    {"Latin1", "bad.csv",
     "id,name,extension\nlea,L\xe9"
     "a,12001\n",
     "bad.csv:2: is not UTF-8: save the file as"},
    {"LineBreak", "bad.csv", "id,name,extension\nlea,\"L\nea\",12001\n", "bad.csv:2: a control character or a line break"},
    {"Empty", "bad.csv", "", "bad.csv:1: the file is empty"},
    {"Ini", "bad.ini", "[user lea]\nname = Lea\n", "bad.ini:1: [user lea] extension: is missing"},
    {"IniSyntax", "bad.ini", "[user lea\n", "bad.ini:1: "},
};
INSTANTIATE_TEST_SUITE_P(Each, ImportMistakes, testing::ValuesIn(kMistakes), [](const auto& mistake) { return mistake.param.name; });

TEST(DirectoryImport, ThereIsAnEndToMistakes) {
  Machine office(kOffice);
  std::string text = "id,name,extension\n";
  for (int i = 0; i < 5000; ++i) text += fmt::format("u{},U,x\n", i);
  const std::string said = office.import("bad.csv", text);
  EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 102);
}

TEST(DirectoryImport, NamesTheFileThatIsNotThereAndTheOneThatIsNone) {
  Machine office(kOffice);
  EXPECT_THAT(office.type("directory import", {office.file("none.csv")}), HasSubstr("none.csv: No such file"));
  EXPECT_THAT(office.type("directory import", {office.file("none.ini")}), HasSubstr("none.ini: there is no such file"));
  ASSERT_EQ(::mkfifo(office.file("pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(office.type("directory import", {office.file("pipe.csv")}), HasSubstr("not a regular file"));
  EXPECT_THAT(office.type("directory import", {"users.txt"}), HasSubstr("ends in .csv or .ini"));
  EXPECT_THAT(office.type("directory import", {}), HasSubstr("directory import FILE"));
  EXPECT_THAT(office.type("directory import", {"a.csv", "quickly"}), HasSubstr("directory import FILE"));
}

TEST(DirectoryImport, AnOldDirectoryIniComesInWithItsSecretsAndTemplates) {
  Machine fresh("[general]\nsecrets = secrets.ini\n");
  std::ofstream(fresh.file("passwords.ini")) << "[devices]\ndefault = of-old\n";
  EXPECT_THAT(fresh.import("old.ini",
                           "[general]\nsecrets = passwords.ini\n[phone](!)\nmodel = m\nsite = hq\n[site hq]\nlocation = x\n"
                           "emergency_callback = +14085551000\n[device d](phone)\nextension = 12001\nlabel = D\n"),
              HasSubstr("1 new"));
  EXPECT_EQ(fresh.directory().device("d")->secret, "of-old");
}

/// Everything that a value may hold, brought to another machine and back.
class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, AnExportWithSecretsMakesTheSameDirectoryElsewhere) {
  Machine office(kOffice);
  ASSERT_THAT(office.import("more.csv",
                            "kind,id,name,extension,did,user,model,site,owner,label,secret,behind_nat,number\n"
                            "user,odd,\"  =1+1; \"\"x\"\", #${HOME} \\ \",12001,+14085552001,,,,,,,,\n"
                            "user,quote,'=x,12005,,,,,,,,,\n"
                            "profile,odd-1,,,,odd,CP-8841,,,,,,\n"
                            "device,desk,,12002,,,generic,hq,,-Desk,\"a;b#c\"\"\\$\",yes,\n"
                            "service,voice-access,,,,,,,,,,,5000\n"),
              HasSubstr("2 new"));
  const std::string name = std::string("all.") + GetParam();
  EXPECT_THAT(office.type("directory export", {office.file(name), "secrets"}), AllOf(HasSubstr("8 rows in "), HasSubstr("keep it safe")));
  struct stat about {};
  ASSERT_EQ(::stat(office.file(name).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);

  Machine elsewhere("[general]\nsecrets = secrets.ini\n");
  EXPECT_THAT(elsewhere.import(name, office.text_of(name)), HasSubstr("new"));
  EXPECT_EQ(elsewhere.state(), office.state());
  const std::string again = office.import(name, office.text_of(name));
  EXPECT_THAT(again, AllOf(Not(HasSubstr("1 new")), HasSubstr("0 new, 0 changed, 3 unchanged"))) << "at home it changes nothing";
}

TEST_P(RoundTrip, AnExportWithoutSecretsShowsNoneAndKeepsThem) {
  Machine office(kOffice);
  office.import("phones.csv", "id,model,site,owner,secret\np1,m,hq,ann,sesame\n");
  const std::string before = office.state(), name = std::string("all.") + GetParam();
  office.type("directory export", {office.file(name)});
  EXPECT_THAT(office.text_of(name),
              AllOf(HasSubstr("p1"), Not(HasSubstr("sesame")), Not(HasSubstr("a-good-one")), Not(HasSubstr("secret"))));
  EXPECT_THAT(office.import(name, office.text_of(name)), Not(HasSubstr("nothing has changed")));
  EXPECT_EQ(office.state(), before);
}
INSTANTIATE_TEST_SUITE_P(Both, RoundTrip, testing::Values("csv", "ini"), [](const auto& format) { return std::string(format.param); });

TEST(DirectoryExport, OneTableHasItsOwnColumns) {
  Machine office(kOffice);
  office.type("directory export", {office.file("users.csv"), "users"});
  EXPECT_EQ(
      office.text_of("users.csv"),
      "id,name,extension,calling_class,did,badge,home_site,max_login_time,multiple_login,default_profile,second_factor,mailbox,email\r\n"
      "ann,Ann,11001,internal,,,,,,,no,yes,\r\n");
}

TEST(DirectoryExport, NoFileIsReplacedAndNoPartOfOneStays) {
  Machine office(kOffice);
  std::ofstream(office.file("mine.csv")) << "mine";
  EXPECT_THAT(office.type("directory export", {office.file("mine.csv")}), HasSubstr("is there already"));
  EXPECT_EQ(office.text_of("mine.csv"), "mine");
  EXPECT_THAT(office.type("directory export", {office.file("no/such/folder.csv")}), HasSubstr("No such file"));
  EXPECT_THAT(office.type("directory export", {office.file("x.txt")}), HasSubstr(".csv or .ini"));
  EXPECT_THAT(office.type("directory export", {"x.csv", "everything"}), HasSubstr("directory export FILE"));
  EXPECT_THAT(office.type("directory export", {}), HasSubstr("directory export FILE"));
}

}  // namespace
}  // namespace tandem
