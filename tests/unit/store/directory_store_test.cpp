#include "store/directory_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config_folder.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// One office of two users, an owned phone and a hot desk: small enough to change a line in each test.
constexpr const char* kOffice = R"([general]
secrets = secrets.ini
[site hq]
location = Main Street
emergency_callback = +14085551000
[user ann]
name = Ann
extension = 11001
did = +14085551001
calling_class = national
[user bob]
name = Bob
extension = 11002
[profile ann-8841]
user = ann
model = CP-8841
[device SEP1]
model = CP-8841
vendor = cisco
site = hq
owner = ann
[device desk]
model = generic
site = hq
extension = 19001
label = Hot desk
extension_mobility = yes
[service voice-access]
number = 5000
)";
constexpr const char* kSecrets = "[devices]\ndefault = a-good-one\n";

class DirectoryStoreTest : public testing::Test {
 protected:
  DirectoryStoreTest() {
    ini(kOffice);
    secrets(kSecrets);
  }
  void ini(const std::string& text) { configs_.write("directory.ini", text); }
  void secrets(const std::string& text) { configs_.write("secrets.ini", text); }
  /// The office with one piece of its text replaced.
  static std::string with(const std::string& old, const std::string& fresh) {
    std::string text = kOffice;
    const auto at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), fresh);
  }
  Result<std::unique_ptr<DirectoryStore>> open() { return DirectoryStore::open(store_, config_); }
  std::unique_ptr<DirectoryStore> opened() {
    auto directory = open();
    EXPECT_TRUE(directory) << (directory ? "" : directory.error().message);
    return directory ? std::move(*directory) : nullptr;
  }
  Result<std::string> reload(DirectoryStore& directory) {
    std::optional<Result<std::string>> answer;
    directory.reload([&](Result<std::string> reloaded) { answer.emplace(std::move(reloaded)); });
    EXPECT_TRUE(loop_.run_until([&] { return answer.has_value(); }));
    return answer ? *answer : Error{ErrorCode::timeout, "no answer"};
  }
  /// What is wrong with the files as they stand, by both ways that look at them; they must agree.
  std::string complaints() {
    const auto checked = DirectoryStore::check(config_);
    const auto started = open();
    EXPECT_FALSE(checked);
    EXPECT_FALSE(started);
    EXPECT_EQ(checked.error().message, started ? "" : started.error().message);
    return checked.error().message;
  }

  test::TemporaryFolder configs_, state_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
};

TEST_F(DirectoryStoreTest, AnswersWhatTheFileDeclares) {
  const auto directory = opened();
  const auto ann = directory->user("ann");
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->name, "Ann");
  EXPECT_EQ(ann->extension, "11001");
  EXPECT_EQ(ann->did, "+14085551001");
  EXPECT_EQ(ann->calling_class, "national");
  EXPECT_EQ(directory->user("bob")->calling_class, "internal");

  const auto phone = directory->device("SEP1");
  ASSERT_TRUE(phone);
  EXPECT_EQ(phone->vendor, "cisco");
  EXPECT_EQ(phone->secret, "a-good-one");
  EXPECT_EQ(phone->owner, "ann");
  EXPECT_FALSE(phone->extension_mobility);
  EXPECT_TRUE(directory->device("desk")->extension_mobility);

  EXPECT_EQ(directory->profile("ann-8841")->user, "ann");
  EXPECT_EQ(directory->site("hq")->emergency_callback, "+14085551000");
  EXPECT_EQ(directory->number("11001")->owner, "ann");
  EXPECT_EQ(directory->number("+14085551001")->owner, "ann");
  EXPECT_EQ(directory->number("19001")->kind, Number::Kind::device);
  EXPECT_EQ(directory->number("5000")->owner, "voice-access");
  EXPECT_EQ(directory->number("5000")->kind, Number::Kind::service);
  const auto counts = directory->counts();
  EXPECT_EQ(counts.users, 2);
  EXPECT_EQ(counts.devices, 2);
  EXPECT_EQ(counts.profiles, 1);
  EXPECT_EQ(counts.numbers, 5);
}

TEST_F(DirectoryStoreTest, ListsDevicesPageByPage) {
  const auto directory = opened();
  const auto first = directory->devices("", 1), second = directory->devices("SEP1", 10);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]->name, "SEP1");
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0]->name, "desk");
  EXPECT_THAT(directory->devices("desk", 10), IsEmpty());
}

TEST_F(DirectoryStoreTest, KnowsNothingOfStrangers) {
  const auto directory = opened();
  for (const std::string& name : {std::string("nobody"), std::string(), std::string("' OR 1=1 --"), std::string("ann\0", 4),
                                  std::string("\xff\xfe"), std::string(1 << 20, 'a')}) {
    EXPECT_FALSE(directory->user(name));
    EXPECT_FALSE(directory->device(name));
    EXPECT_FALSE(directory->profile(name));
    EXPECT_FALSE(directory->site(name));
    EXPECT_FALSE(directory->number(name));
    EXPECT_THAT(directory->devices_of(name), IsEmpty());
  }
}

TEST_F(DirectoryStoreTest, AnOwnedPhoneSpeaksForItsOwnerAnyOtherIsNeutral) {
  const auto directory = opened();
  const Occupant owner = directory->occupant(*directory->device("SEP1"));
  ASSERT_TRUE(owner.user);
  EXPECT_EQ(owner.user->id, "ann");
  EXPECT_EQ(owner.number, "11001");
  EXPECT_EQ(owner.name, "Ann");
  EXPECT_EQ(owner.calling_class, "national");
  const Occupant nobody = directory->occupant(*directory->device("desk"));
  EXPECT_FALSE(nobody.user);
  EXPECT_EQ(nobody.number, "19001");
  EXPECT_EQ(nobody.name, "Hot desk");
  EXPECT_EQ(nobody.calling_class, "neutral");
  EXPECT_THAT(directory->devices_of("ann"), ElementsAre("SEP1"));
  EXPECT_THAT(directory->devices_of("bob"), IsEmpty());
}

TEST_F(DirectoryStoreTest, AReloadAddsChangesAndRemoves) {
  const auto directory = opened();
  const auto before = directory->user("ann");
  std::string text = with("name = Ann\n", "name = Ann Lee\n");
  text.erase(text.find("[profile ann"), text.find("[device SEP1]") - text.find("[profile ann"));
  ini(text + "[user cid]\nname = Cid\nextension = 11003\n");
  const auto reloaded = reload(*directory);
  ASSERT_TRUE(reloaded) << reloaded.error().message;
  EXPECT_THAT(*reloaded, HasSubstr("2 rows new, 1 changed, 1 removed"));
  EXPECT_EQ(directory->user("ann")->name, "Ann Lee");
  EXPECT_EQ(before->name, "Ann") << "a snapshot stays what it was";
  EXPECT_FALSE(directory->profile("ann-8841"));
  EXPECT_EQ(directory->number("11003")->owner, "cid");
}

TEST_F(DirectoryStoreTest, ANumberMayMoveFromOneUserToAnother) {
  const auto directory = opened();
  EXPECT_EQ(directory->number("11002")->owner, "bob");
  std::string text = with("extension = 11001", "extension = 11009");
  text.replace(text.find("extension = 11002"), 17, "extension = 11001");
  ini(text);
  ASSERT_TRUE(reload(*directory));
  EXPECT_EQ(directory->number("11001")->owner, "bob");
  EXPECT_EQ(directory->number("11009")->owner, "ann");
  EXPECT_FALSE(directory->number("11002"));
}

TEST_F(DirectoryStoreTest, AnUnchangedFileTouchesNothing) {
  { const auto first = opened(); }
  const auto directory = opened();
  // A comment is no change; were the rows brought in anew, the one that was planted here would be taken away.
  ASSERT_TRUE(directory->database().write_now([](SQLite::Database& db) -> Result<void> {
    db.exec("INSERT INTO users(id, name, extension, calling_class, did, owner, version) VALUES ('planted', '', '', '', '', 'ini', 1)");
    return {};
  }));
  ini(std::string("; a comment\n") + kOffice);
  const auto reloaded = reload(*directory);
  ASSERT_TRUE(reloaded);
  EXPECT_THAT(*reloaded, HasSubstr("has not changed"));
  EXPECT_TRUE(directory->user("planted"));
  ini(with("name = Ann\n", "name = Ann Lee\n"));
  ASSERT_TRUE(reload(*directory));
  EXPECT_FALSE(directory->user("planted"));
  EXPECT_EQ(directory->user("ann")->name, "Ann Lee");
}

TEST_F(DirectoryStoreTest, AStartReadsNoFileThatSaysWhatItSaidLastTime) {
  { const auto first = opened(); }
  int parsed = 0;
  IniSource source = machine_ini_source();
  source.variable = [&](const std::string&) -> std::optional<std::string> { return ++parsed, std::nullopt; };
  const auto start = [&] {
    parsed = 0;
    const ConfigFolder config(configs_.path(), {}, source);
    const auto directory = DirectoryStore::open(store_, config);
    EXPECT_TRUE(directory) << directory.error().message;
    return directory ? (*directory)->counts().users : 0;
  };
  ini(std::string(kOffice) + "[user cid]\nname = ${NAME:-Cid}\nextension = 11003\n");
  EXPECT_EQ(start(), 3);
  EXPECT_EQ(parsed, 1);
  EXPECT_EQ(start(), 3);
  EXPECT_EQ(parsed, 1) << "looked at for the stamp";
  secrets("[devices]\ndefault = another\n");
  EXPECT_EQ(start(), 3);
  EXPECT_EQ(parsed, 2) << "the secrets have changed, so all is read";
}

TEST_F(DirectoryStoreTest, VersionsRiseOnlyWhereARowHasChanged) {
  const auto directory = opened();
  ini(with("name = Ann\n", "name = Ann Lee\n"));
  ASSERT_TRUE(reload(*directory));
  auto& db = directory->database().reader();
  EXPECT_EQ(db.execAndGet("SELECT version FROM users WHERE id = 'ann'").getInt(), 2);
  EXPECT_EQ(db.execAndGet("SELECT version FROM users WHERE id = 'bob'").getInt(), 1);
  EXPECT_EQ(db.execAndGet("SELECT max(version) FROM numbers").getInt(), 1);
}

TEST_F(DirectoryStoreTest, RowsOfTheApiAreUntouchedAndMayBeReferredTo) {
  const auto directory = opened();
  ASSERT_TRUE(directory->database().write_now([](SQLite::Database& db) -> Result<void> {
    db.exec(
        "INSERT INTO users(id, name, extension, calling_class, did, owner, version) VALUES ('ldap.lea', 'Lea', '12001', 'internal', '', "
        "'api', 7)");
    return {};
  }));
  ini(std::string(kOffice) + "[device SEP2]\nmodel = CP-8841\nsite = hq\nowner = ldap.lea\n");
  const auto reloaded = reload(*directory);
  ASSERT_TRUE(reloaded) << reloaded.error().message;
  EXPECT_EQ(directory->occupant(*directory->device("SEP2")).number, "12001");
  EXPECT_EQ(directory->database().reader().execAndGet("SELECT version FROM users WHERE id = 'ldap.lea'").getInt(), 7);

  ini(std::string(kOffice) + "[user ldap.lea]\nname = Mine\nextension = 12002\n");
  const auto refused = reload(*directory);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("directory.ini:30: ldap.lea exists among the users already and belongs to the api"));
  EXPECT_EQ(directory->user("ldap.lea")->name, "Lea");
  EXPECT_FALSE(directory->number("12002")) << "a refused reload leaves nothing behind";
}

TEST_F(DirectoryStoreTest, AnErrorLeavesEverythingAsItWas) {
  const auto directory = opened();
  ini(with("name = Ann\n", "name = Ann Lee\nshoe_size = 41\n"));
  const auto refused = reload(*directory);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("directory.ini:8: [user ann] shoe_size"));
  EXPECT_EQ(directory->user("ann")->name, "Ann");
  ini("[broken");
  EXPECT_FALSE(reload(*directory));
  EXPECT_EQ(directory->user("ann")->name, "Ann");
}

struct Mistake {
  const char* name;
  const char* old;
  const char* fresh;
  const char* complaint;  ///< behind "directory.ini:"
};
class DirectoryMistakes : public DirectoryStoreTest, public testing::WithParamInterface<Mistake> {};

TEST_P(DirectoryMistakes, AreNamedWithFileAndLine) {
  ini(with(GetParam().old, GetParam().fresh));
  const std::string said = complaints();
  EXPECT_THAT(said, HasSubstr(std::string("directory.ini:") + GetParam().complaint));
  EXPECT_EQ(said.find('\n'), std::string::npos) << "one mistake, one line: " << said;
}

const Mistake kMistakes[] = {
    {"DuplicateExtension", "extension = 11002", "extension = 11001", "13: [user bob] extension: 11001 is taken by [user ann] at "},
    {"ExtensionOfADevice", "extension = 19001", "extension = 11002", "25: [device desk] extension: 11002 is taken by [user bob] at "},
    {"ServiceNumber", "number = 5000", "number = 19001", "29: [service voice-access] number: 19001 is taken by [device desk] at "},
    {"UnknownOwner", "owner = ann", "owner = anne", "21: [device SEP1] owner: no user \"anne\""},
    {"UnknownSite", "site = hq\nowner", "site = hx\nowner", "20: [device SEP1] site: no site \"hx\""},
    {"UnknownProfileUser", "user = ann\n", "user = ghost\n", "15: [profile ann-8841] user: no user \"ghost\""},
    {"BadDigits", "extension = 11002", "extension = 11x02", "13: [user bob] extension: must be 1 to 24 digits"},
    {"BadDid", "did = +14085551001", "did = 4085551001", "9: [user ann] did: must be + and 3 to 15 digits"},
    {"BadCallback", "callback = +14085551000", "callback = 911", "5: [site hq] emergency_callback: must be + and 3 to 15 digits"},
    {"BadClass", "calling_class = national", "calling_class = galactic", "10: [user ann] calling_class: must be one of"},
    {"NoExtension", "extension = 11002\n", "", "11: [user bob] extension: is missing"},
    {"NoName", "name = Bob\n", "", "11: [user bob] name: is missing"},
    {"OwnerAndExtension", "owner = ann\n", "owner = ann\nextension = 19009\n", "22: [device SEP1] extension: an owned phone carries"},
    {"NeitherOwnerNorExtension", "owner = ann\n", "", "17: [device SEP1] needs an owner, or an extension and a label"},
    {"NoLabel", "label = Hot desk\n", "", "22: [device desk] label: a phone without an owner needs a neutral name"},
    {"BadVendor", "vendor = cisco", "vendor = cisco systems", "19: [device SEP1] vendor: must be one word"},
    {"BadFlag", "extension_mobility = yes", "extension_mobility = perhaps", "27: [device desk] extension_mobility: must be yes or no"},
    {"UnknownSection", "[user bob]", "[users bob]", "11: [users bob] unknown section"},
    {"BadName", "[user bob]", "[user bob smith]", "11: [user bob smith] a name is 1 to 64"},
    {"Nameless", "[user bob]", "[user]", "11: [user] a name is 1 to 64"},
    {"NoSecretsKey", "secrets = secrets.ini", "", "1: [general] secrets is missing"},
    {"NoSecretsFile", "secrets = secrets.ini", "secrets = elsewhere.ini", "2: [general] secrets: there is no "},
};
INSTANTIATE_TEST_SUITE_P(Each, DirectoryMistakes, testing::ValuesIn(kMistakes), [](const auto& mistake) { return mistake.param.name; });

TEST_F(DirectoryStoreTest, AllMistakesAreSaidAtOnceButNotMoreThanAHundred) {
  ini(with("extension = 11001", "extension = x") + "[oops]\n");
  EXPECT_THAT(complaints(), testing::AllOf(HasSubstr("[user ann] extension"), HasSubstr("[oops] unknown section")));
  std::string text = kOffice;
  for (int i = 0; i < 500; ++i) text += fmt::format("[oops {}]\n", i);
  ini(text);
  EXPECT_THAT(complaints(), testing::EndsWith("and 400 more"));
}

TEST_F(DirectoryStoreTest, SecretsAreOneADeviceOrOneForAll) {
  secrets("[devices]\nSEP1 = only-mine\ndefault = for-the-rest\n");
  EXPECT_EQ(opened()->device("SEP1")->secret, "only-mine");
  EXPECT_EQ(opened()->device("desk")->secret, "for-the-rest");
  secrets("[devices]\nSEP1 = only-mine\n");
  EXPECT_THAT(complaints(), HasSubstr("directory.ini:22: [device desk] has no secret: add \"desk = ...\" to [devices] in "));
  secrets("[devices]\ndefault = x\nSEP9 = who\n");
  EXPECT_THAT(complaints(), HasSubstr("secrets.ini:3: [devices] SEP9: no such device is declared"));
  secrets("[phones]\ndefault = x\n");
  EXPECT_THAT(complaints(), HasSubstr("secrets.ini:1: [phones] unknown section"));
}

TEST_F(DirectoryStoreTest, NoComplaintHoldsASecret) {
  secrets("[devices]\nSEP9 = sesame\nSEP1 = \ndefault = " + std::string(300, 's') + "\n");
  EXPECT_THAT(complaints(), testing::AllOf(testing::Not(HasSubstr("sesame")), testing::Not(HasSubstr("ssss"))));
}

TEST_F(DirectoryStoreTest, AnotherSecretsFileMayBeNamedForOneRun) {
  const std::string path = state_.write("fresh.ini", "[devices]\ndefault = of-this-run\n");
  const ConfigFolder config(configs_.path(), {{"directory", "general", "secrets", path}});
  auto directory = DirectoryStore::open(store_, config);
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_EQ((*directory)->device("SEP1")->secret, "of-this-run");
}

TEST_F(DirectoryStoreTest, OneKeyOfTheSecretsMayBeSetForOneRun) {
  const ConfigFolder config(configs_.path(), {{"secrets", "devices", "default", "set-here"}});
  auto directory = DirectoryStore::open(store_, config);
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_EQ((*directory)->device("SEP1")->secret, "set-here");
}

TEST_F(DirectoryStoreTest, TheSampleSecretIsNoticedOnASingleDevice) {
  const auto directory = opened();
  EXPECT_FALSE(directory->sample_secret_in_force());
  secrets("[devices]\ndefault = fine\ndesk = office-demo\n");
  ASSERT_TRUE(reload(*directory));
  EXPECT_TRUE(directory->sample_secret_in_force());
  secrets(kSecrets);
  ASSERT_TRUE(reload(*directory));
  EXPECT_FALSE(directory->sample_secret_in_force());
}

TEST_F(DirectoryStoreTest, AHundredThousandPhonesAreAllFound) {
  constexpr int kPhones = 100000;
  std::string text = "[general]\nsecrets = secrets.ini\n[site hq]\nlocation = x\nemergency_callback = +14085551000\n";
  for (int i = 0; i < kPhones; ++i) {
    text += fmt::format("[user u{0}]\nname = U {0}\nextension = {1}\n[device d{0}]\nmodel = m\nsite = hq\nowner = u{0}\n", i, 1000000 + i);
  }
  ini(text);
  const auto directory = opened();
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->counts().devices, kPhones);
  // Twice round, so that every answer comes once from the database and, where the cache still has it, once from there.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kPhones; i += 5) {
      const auto device = directory->device(fmt::format("d{}", i));
      ASSERT_TRUE(device);
      ASSERT_EQ(device->owner, fmt::format("u{}", i));
      const auto number = directory->number(fmt::format("{}", 1000000 + i));
      ASSERT_TRUE(number);
      ASSERT_EQ(number->owner, device->owner);
    }
  }
  EXPECT_FALSE(directory->device("d100000"));
}

TEST(SampleOffice, IsAsItsDescriptionSays) {
  test::TemporaryFolder state;
  test::FakeLoop loop;
  StoreFolder store(state.path(), loop);
  const ConfigFolder config(std::string(TANDEM_SOURCE_DIR) + "/configs", {});
  const auto checked = DirectoryStore::check(config);
  ASSERT_TRUE(checked) << checked.error().message;
  auto opened = DirectoryStore::open(store, config);
  ASSERT_TRUE(opened) << opened.error().message;
  auto& directory = **opened;
  EXPECT_EQ(directory.user("john.doe")->calling_class, "international");
  EXPECT_EQ(directory.user("jane.white")->calling_class, "national");
  EXPECT_EQ(directory.user("sam.night")->calling_class, "internal");
  EXPECT_THAT(directory.devices_of("john.doe"), ElementsAre("SEP001122330001"));
  EXPECT_THAT(directory.devices_of("jane.white"), ElementsAre("SEP001122330002"));
  EXPECT_THAT(directory.devices_of("sam.night"), IsEmpty());
  EXPECT_EQ(directory.number("+14085551003")->owner, "sam.night");
  const std::map<std::string, std::string> hot_desks = {{"SEP0011223300A1", "19001"},
                                                        {"SEP0011223300A2", "19002"},
                                                        {"SEP0011223300B1", "19003"},
                                                        {"yealink-001565112233", "19004"},
                                                        {"lobby-1", "19010"}};
  for (const auto& [name, extension] : hot_desks) {
    const auto device = directory.device(name);
    ASSERT_TRUE(device) << name;
    EXPECT_TRUE(device->extension_mobility) << name;
    EXPECT_EQ(device->secret, "office-demo") << name;
    EXPECT_EQ(directory.occupant(*device).number, extension) << name;
    EXPECT_EQ(directory.number(extension)->owner, name);
  }
  EXPECT_EQ(directory.device("SEP0011223300B1")->site, "annex");
  EXPECT_EQ(directory.site("annex")->emergency_callback, "+14085551900");
  for (const char* service : {"5000", "5001", "5002"}) EXPECT_EQ(directory.number(service)->kind, Number::Kind::service);
  EXPECT_TRUE(directory.sample_secret_in_force());
}

}  // namespace
}  // namespace tandem
