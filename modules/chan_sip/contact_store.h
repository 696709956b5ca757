// ContactStore: keeps the registrar's contacts in state.db, so that phones can be called right after a restart. Switch thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "flows.h"
#include "gruu.h"
#include "tandem/address.h"
#include "tandem/loop.h"
#include "tandem/store.h"

namespace tandem {

/// One binding of a device.
struct Contact {
  std::string uri;         ///< as registered: "sip:SEP001122330001@192.0.2.7:5060;transport=udp"
  SocketAddress address;   ///< numeric host and port of `path`, else of `uri`; empty when it names a host, `received` is used then
  SocketAddress received;  ///< where the REGISTER came from
  Instant expires;
  std::string user_agent, call_id;
  std::string firmware;  ///< as the phone tells it; not kept over a restart
  uint32_t cseq = 0;
  float q = 1.0F;
  bool tcp = false;            ///< requests go to it over TCP
  bool bound = false;          ///< registered over a connection: it is reached by that one and no other (RFC 5626), and dies with it
  FlowId flow = 0;             ///< that connection; 0 while it is bound: gone, the phone is expected back
  bool nat = false;            ///< it gives an address of itself that it does not come from: reached at `received`
  bool lines = false;          ///< one registration for all lines of the phone: DEVICE-2 and so on are reached by it, too
  std::string path;            ///< Route header to it (RFC 3327); empty: none
  std::string instance;        ///< "urn:uuid:..." of +sip.instance (RFC 5626): the same phone, whatever its address
  uint32_t reg_id = 0;         ///< which of its flows (RFC 5626); 0: it has said nothing about flows
  GruuSeed gruu;               ///< of its temporary GRUUs (RFC 5627), if it has asked for them
  std::string temporary_gruu;  ///< the last one; not kept over a restart

  bool expected() const { return bound && flow == 0; }
};

/// Written behind: what changed within half a second is one transaction.
class ContactStore {
 public:
  /// Blocks (start and load only). Errors of Store::open().
  static Result<std::unique_ptr<ContactStore>> open(Store& store, Loop& loop);
  ~ContactStore();
  ContactStore(const ContactStore&) = delete;
  ContactStore& operator=(const ContactStore&) = delete;

  struct Kept {
    std::string device;
    Contact contact;
  };
  /// Everything that has not expired by wall clock. Blocks: at start only.
  Result<std::vector<Kept>> load();
  /// `contacts` is what `device` has from now on; empty: nothing.
  void save(const std::string& device, const std::vector<Contact>& contacts);
  /// Queues what waits without waiting any longer.
  void flush();

 private:
  struct Row;
  using Rows = std::unordered_map<std::string, std::vector<Row>>;
  ContactStore(std::unique_ptr<Database> database, Loop& loop);
  void written(const Result<void>& result, std::shared_ptr<Rows> rows);

  Loop& loop_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Rows> waiting_;
  Timer timer_;
  std::shared_ptr<ContactStore*> self_;  ///< for completions that outlive us
};

}  // namespace tandem
