// SipPeer: a small SIP user agent for tests, written apart from the server and its library, so that the two cannot share a mistake.
// It does nothing by itself: no timers, no retransmission but in transact(), no automatic answer but OPTIONS. The script of a test says
// what is sent, dropped, doubled or delayed. One UDP socket on 127.0.0.1, or on ::1 for a server there. Test's thread; expect...() throws
// with the ladder so far, which GoogleTest reports.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/digest.h"
#include "support/sip_message.h"

namespace tandem::test {

using Milliseconds = std::chrono::milliseconds;
inline constexpr Milliseconds kPatience{5000};  ///< long enough for a loaded machine: a deadline, never a pause

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One dialog, or one on the way to it, from this peer's side.
struct Dialog {
  std::string call_id, local_tag, remote_tag;
  std::string local_uri, remote_uri;
  std::string target;              ///< remote target: Contact of the far end, or the dialled URI before there is one
  std::vector<std::string> route;  ///< from Record-Route, in the order to be sent
  unsigned cseq = 1;
  SipMessage invite;  ///< the INVITE as last sent, or as received
  bool incoming = false;
};

class SipPeer {
 public:
  enum class Over { udp, tcp, tcp_server };  ///< tcp_server: waits to be connected to, for one connection at a time
  /// `server`: where everything is sent. `name` is the user part of From and Contact, and the digest user.
  SipPeer(const SocketAddress& server, std::string name, std::string secret = {}, Over over = Over::udp);
  ~SipPeer();
  SipPeer(const SipPeer&) = delete;
  SipPeer& operator=(const SipPeer&) = delete;

  const SocketAddress& local() const { return local_; }
  /// Talk to another server from now on: for a peer that had to be bound before its server was there.
  void aim(const SocketAddress& server) { server_ = server; }
  std::string contact() const { return "<sip:" + name_ + "@" + local_.to_string() + (tcp_ ? ";transport=tcp" : "") + ">"; }
  /// TCP: ends the connection (`hard`: by a reset) and makes another.
  void disconnect(bool hard = false);
  void connect();
  /// TCP: the server has closed the connection.
  bool closed_by_server(Milliseconds limit);
  size_t pongs() const { return pongs_; }  ///< TCP: line ends between messages
  std::string uri(const std::string& user) const { return "sip:" + user + "@" + server_.to_string(); }
  Credentials credentials;

  // --- sending -------------------------------------------------------------------------------------------------------------------------
  void send(const std::string& bytes);
  void send(const SipMessage& message) { send(message.text()); }
  /// An out-of-dialog request with all mandatory headers, ready to be bent.
  SipMessage make_request(const std::string& method, const std::string& to_uri);
  /// A request with credentials for the challenge in `refusal` (401 or 407), next CSeq, new branch.
  SipMessage authorized(const SipMessage& request, const SipMessage& refusal);
  /// Sends; if challenged sends again with credentials; returns the final response. Not for INVITE.
  SipMessage transact(const SipMessage& request);
  /// REGISTER of this peer's contact (or `contact`, "*"); the final response.
  SipMessage enroll(int expires = 300, const std::string& contact = {});
  static std::string new_branch();

  // --- calling -------------------------------------------------------------------------------------------------------------------------
  /// Sends an INVITE without credentials.
  Dialog invite(const std::string& number, const std::string& sdp, const Headers& extra = {});
  /// invite(), then through the challenge: ACK and INVITE again. Returns with the second INVITE on its way.
  Dialog call(const std::string& number, const std::string& sdp, const Headers& extra = {});
  void ack(Dialog& dialog, const SipMessage& response, const std::string& sdp = {});
  void cancel(const Dialog& dialog);
  /// Learns remote tag, target and route from a response (or, for an incoming dialog, nothing new).
  static void learn(Dialog& dialog, const SipMessage& response);
  /// Expects the 2xx of the dialog's INVITE, sends the ACK.
  SipMessage answered(Dialog& dialog, Milliseconds limit = kPatience);
  /// An in-dialog request, not sent yet; the dialog's CSeq goes up (but for ACK).
  SipMessage in_dialog(Dialog& dialog, const std::string& method, const std::string& sdp = {});
  /// BYE and its 200.
  void bye(Dialog& dialog);

  // --- being called --------------------------------------------------------------------------------------------------------------------
  /// The dialog of a received INVITE, with a tag of our own.
  Dialog accept(const SipMessage& invite);
  /// A response to `request` in `dialog`'s tags (a dialog-less one gets a fresh To tag). Sent; returned for sending again.
  SipMessage respond(const Dialog& dialog, const SipMessage& request, int status, const std::string& reason, const std::string& sdp = {},
                     const Headers& extra = {});
  SipMessage respond(const SipMessage& request, int status, const std::string& reason, const Headers& extra = {});

  // --- receiving -----------------------------------------------------------------------------------------------------------------------
  using Wanted = std::function<bool(const SipMessage&)>;
  /// The first message, waiting or to come, that fits. Others stay for later. Empty when the time is over.
  std::optional<SipMessage> receive(const Wanted& wanted, Milliseconds limit);
  SipMessage expect(int status, const std::string& method, Milliseconds limit = kPatience);
  /// A final response (2xx-6xx) to `method`, whatever its status.
  SipMessage expect_final(const std::string& method, Milliseconds limit = kPatience);
  SipMessage expect_request(const std::string& method, Milliseconds limit = kPatience);
  /// True when nothing that fits comes within `limit`.
  bool silent(const Wanted& wanted, Milliseconds limit);
  /// Takes in what has arrived, without waiting.
  void pump();

  bool answer_options = true;     ///< a trunk is probed all the time
  bool keep_repetitions = false;  ///< else a message that is byte for byte one seen before is only counted
  size_t repetitions() const { return repetitions_; }
  const std::vector<std::string>& ladder() const { return ladder_; }
  size_t options_seen() const { return options_seen_; }

 private:
  std::string via() const;
  void listen();
  void pump_stream();
  void take(const std::string& bytes, const SocketAddress& source);
  [[noreturn]] void fail(const std::string& wanted) const;

  SocketAddress server_, local_;
  std::string name_;
  const bool tcp_;
  int fd_ = -1;
  int listener_ = -1;
  bool closed_ = false;
  std::string stream_;  ///< TCP: what has come and is no message yet
  size_t pongs_ = 0;
  std::string from_tag_;
  std::string registration_id_;
  unsigned registration_cseq_ = 1;
  std::deque<SipMessage> inbox_;
  std::map<std::string, int> seen_;
  std::vector<std::string> ladder_;
  size_t repetitions_ = 0;
  size_t options_seen_ = 0;
};

}  // namespace tandem::test
