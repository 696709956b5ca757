// Second factors and one-time tokens: the rest of LoginCredentials.
#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "continuations.h"
#include "credentials.h"
#include "totp.h"

namespace tandem {
namespace {

int64_t ms(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

/// A word of 128 random bits needs no slow hash.
std::string sum_of(std::string_view word) {
  std::array<unsigned char, 32> sum{};
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(word.data()), word.size(), nullptr, 0);
  std::array<char, 65> text{};
  sodium_bin2hex(text.data(), text.size(), sum.data(), sum.size());
  return text.data();
}

template <class T>
void write_for(Database& database, UniqueFunction<Result<void>(SQLite::Database&)> change, std::shared_ptr<T> value,
               UniqueFunction<void(Result<T>)> done) {
  auto answer = std::make_shared<UniqueFunction<void(Result<T>)>>(std::move(done));
  auto told = [answer, value](Result<void> written) { (*answer)(written ? Result<T>(std::move(*value)) : Result<T>(written.error())); };
  if (auto queued = database.write(std::move(change), std::move(told), Share::existing); !queued) (*answer)(queued.error());
}

}  // namespace

void LoginCredentials::set_factor(const std::string& user, std::string secret, UniqueFunction<void(Result<void>)> done) {
  auto change = [user, secret = std::move(secret)](SQLite::Database& db) -> Result<void> {
    SQLite::Statement row(
        db, secret.empty() ? "DELETE FROM factors WHERE user = ?1" : "INSERT OR REPLACE INTO factors VALUES (?1, ?2, 0, 'local', 1)");
    row.bindNoCopy(1, user);
    if (!secret.empty()) row.bind(2, secret.data(), static_cast<int>(secret.size()));
    row.exec();
    return {};
  };
  auto answer = std::make_shared<UniqueFunction<void(Result<void>)>>(std::move(done));
  auto told = [answer](Result<void> written) { (*answer)(std::move(written)); };
  if (auto queued = database_->write(std::move(change), std::move(told), Share::existing); !queued) (*answer)(queued.error());
}

void LoginCredentials::use_code(const std::string& user, std::string code, UniqueFunction<void(Result<bool>)> done) {
  auto good = std::make_shared<bool>(false);
  auto change = [user, code = std::move(code), now = wall(), good](SQLite::Database& db) -> Result<void> {
    SQLite::Statement row(db, "SELECT secret, last_step FROM factors WHERE user = ?");
    row.bindNoCopy(1, user);
    if (!row.executeStep()) return {};
    const auto step = totp_step(row.getColumn(0).getString(), code, now, row.getColumn(1).getInt64());
    row.reset();
    if (!step) return {};
    SQLite::Statement used(db, "UPDATE factors SET last_step = ?2, version = version + 1 WHERE user = ?1");
    used.bindNoCopy(1, user), used.bind(2, *step);
    used.exec();
    *good = true;
    return {};
  };
  write_for<bool>(*database_, std::move(change), good, std::move(done));
}

void LoginCredentials::make_token(TokenOrder order, UniqueFunction<void(Result<std::string>)> done) {
  auto word = std::make_shared<std::string>(random_word());
  auto change = [order = std::move(order), sum = sum_of(*word), now = wall()](SQLite::Database& db) -> Result<void> {
    SQLite::Statement old(db, "DELETE FROM tokens WHERE until <= ?");
    old.bind(1, ms(now));
    old.exec();
    SQLite::Statement row(db, "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, 'local')");
    row.bindNoCopy(1, sum), row.bindNoCopy(2, order.token.user), row.bindNoCopy(3, order.token.device);
    row.bindNoCopy(4, order.token.site), row.bindNoCopy(5, order.token.profile), row.bind(6, ms(now + order.lives));
    row.exec();
    return {};
  };
  write_for<std::string>(*database_, std::move(change), word, std::move(done));
}

void LoginCredentials::redeem(std::string word, std::string device, std::string site, UniqueFunction<void(Result<LoginToken>)> done) {
  auto token = std::make_shared<LoginToken>();
  auto change = [sum = sum_of(word), device = std::move(device), site = std::move(site), now = wall(),
                 token](SQLite::Database& db) -> Result<void> {
    SQLite::Statement row(db,
                          "DELETE FROM tokens WHERE sum = ?1 AND until > ?2 AND device IN ('', ?3) AND site IN ('', ?4) "
                          "RETURNING user, device, site, profile");
    row.bindNoCopy(1, sum), row.bind(2, ms(now)), row.bindNoCopy(3, device), row.bindNoCopy(4, site);
    if (!row.executeStep()) return Error{ErrorCode::not_found, "there is no such token"};
    *token = {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString(), row.getColumn(3).getString()};
    row.executeStep();  // to the end, or the row stays
    return {};
  };
  write_for<LoginToken>(*database_, std::move(change), token, std::move(done));
}

}  // namespace tandem
