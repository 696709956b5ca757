// Session: one leg as SIP sees it, an INVITE dialog with its transactions. Switch thread; owned by the SipDriver.
//
// Split by who acts: session.cpp (state, end), session_uas.cpp (calls that come in), session_uac.cpp (calls that go out),
// session_dialog.cpp (requests inside the dialog), session_offer.cpp (SDP and changes of media), session_refresh.cpp (session timers,
// UPDATE, reliable provisional responses), session_proof.cpp (passwords that a carrier wants inside the dialog).
//
// The core's channel ends when the core hears of it; the Session lives on until the wire is quiet too (an ACK that is due, a 200 that
// crosses our CANCEL), so that a slow peer never keeps a call's record open.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "capabilities.h"
#include "digest_client.h"
#include "first_look.h"
#include "replaces.h"
#include "sdp.h"
#include "session_state.h"
#include "session_timer.h"
#include "sofia.h"
#include "tandem/driver.h"
#include "tandem/loop.h"

namespace tandem {

class Session;

/// What a Session needs of its driver.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual Stack& stack() = 0;
  virtual Loop& loop() = 0;
  virtual ChannelEvents& events() = 0;
  virtual const SipSettings& settings() const = 0;
  /// Tells the core, after the current callback, that the channel has ended.
  virtual void ended(ChannelId channel, Ending ending) = 0;
  /// At once what ended() has kept for later, so that it comes before what is told next; this session may be hung up by it.
  virtual void tell_endings() = 0;
  /// A BYE whose 200 waits for the call's record; owns `request` from now on.
  virtual void bye_waits(ChannelId channel, nta_incoming_t* request) = 0;
  /// The wire is quiet: the Session may be destroyed, after the current callback.
  virtual void finished(Session& session) = 0;
  /// The connection to reach `endpoint` by: `flow`, or the one that it has come back with since then. 0: none.
  virtual FlowId flow_to(const std::string& endpoint, FlowId flow) = 0;
  /// An INVITE to this endpoint got an answer of any kind (true) or none at all (false) from `hop`.
  virtual void endpoint_reached(std::string_view endpoint, const SocketAddress& hop, bool reached) = 0;
  /// `hop` has said 503: it is not to be asked again for so long.
  virtual void endpoint_busy(std::string_view endpoint, const SocketAddress& hop, std::chrono::seconds wait) = 0;
  /// The channel of one of our dialogs, tags as we see them; 0: there is no such dialog.
  virtual ChannelId channel_of(const DialogName& name) = 0;
  /// One of our dialogs as it stands, for who wants to take a place in it: tags as we see them, or as its other side does.
  struct Place {
    DialogPhase phase = DialogPhase::none;
    ChannelId channel = 0;
    std::string_view endpoint = {};
  };
  virtual Place place_of(const DialogName& name) = 0;
};

/// One place to send an INVITE to.
struct InviteHop {
  std::string request_uri;
  SocketAddress next_hop;
  bool tcp = false;  ///< over a connection that is made to it
  FlowId flow = 0;   ///< or over this one
};

/// Where and as what an outgoing INVITE goes.
struct InviteTarget {
  std::string request_uri;
  SocketAddress next_hop;
  FlowId flow = 0;            ///< over this connection
  bool tcp = false;           ///< or over one that is made to next_hop
  bool tcp_if_large = false;  ///< RFC 3261 18.1.1
  bool behind_nat = false;
  std::string route = {};                ///< Route header on the way there (RFC 3327); next_hop is its first
  std::string_view headers;              ///< lines that its family of phones wants
  bool trusted = false;                  ///< P-Asserted-Identity may be sent, also of restricted callers
  std::vector<InviteHop> others = {};    ///< tried in turn while none has taken the call
  std::chrono::milliseconds patience{};  ///< without any answer, until the next of them is tried
  std::string user = {}, secret = {};    ///< for a far end that asks for a digest; no user: none is given
};

class Session {
 public:
  Session(SessionHost& host, ChannelId channel, std::string endpoint);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ChannelId channel() const { return channel_; }
  SessionState state() const { return state_; }
  const std::string& endpoint() const { return endpoint_; }
  const std::string& call_id() const { return call_id_; }
  std::string describe() const;

  FlowId flow() const { return flow_; }
  /// The connection has gone: what waits for an answer there ends, a conversation goes on.
  void flow_lost();

  /// Takes over an INVITE that FirstLook has let through; owns `msg`. On Error a final response has been sent already.
  Result<IncomingLeg> accept_invite(msg_t* msg, sip_t* sip, const Origin& origin);
  /// Sends the INVITE. Returns its Call-ID.
  Result<std::string> invite(const OutgoingLeg& leg, const InviteTarget& target);

  // The core's orders (Driver).
  void ring();
  void progress(const MediaDescription& answer);
  void answer(const MediaDescription& description);
  void hangup(const Ending& ending);
  void offer(const MediaDescription& offer);
  void accept(const MediaDescription& answer);
  void refuse(const Error& why);
  /// Shown with the next response; by an UPDATE where the call is up.
  void connected(const Party& to);
  /// How the transfer goes that it has asked for.
  void transferred(const TransferProgress& progress);
  /// Empty before the far end has given itself a tag.
  std::optional<DialogName> dialog() const;
  DialogPhase phase() const;
  /// False: this endpoint wants digits in the media.
  bool digit(char digit, std::chrono::milliseconds length);
  std::optional<std::string> header(std::string_view name) const;
  /// 100 Trying, if nothing has been sent yet (RFC 3261 17.2.1).
  void trying();

 private:
  /// The leg whose place an INVITE wants; 0: it wants none. On Error it has been refused.
  Result<ChannelId> wanted_place(const sip_t* sip, const Origin& origin);
  // Callbacks of nta, bound to a Session.
  static int on_request(void* self, nta_leg_t* leg, nta_incoming_t* request, const sip_t* sip);
  static int on_ack_or_cancel(void* self, nta_incoming_t* request, const sip_t* sip);
  static int on_reinvite_ack_or_cancel(void* self, nta_incoming_t* request, const sip_t* sip);
  static int on_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  static int on_info_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  static int on_reinvite_response(void* self, nta_outgoing_t* request, const sip_t* sip);

  static int on_refresh_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  static int on_notify_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  static int on_bye_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  static int on_prack(void* self, nta_reliable_t* response, nta_incoming_t* prack, const sip_t* sip);

  /// The one door to state_. False: the event does not belong here, nothing happens.
  bool step(SessionEvent event);
  void tell_ended(const Ending& ending);
  void close();
  void maybe_finished();

  void provisional(const sip_t* sip);
  void success(const sip_t* sip);
  void failure(const sip_t* sip, int status, const char* phrase);
  /// What is sent again when a far end wants a password, or another one is to be tried.
  struct Attempt;
  Result<void> send_invite();
  bool authorize(const sip_t* sip, int status);
  bool try_next(std::string_view why);
  /// Whether the far end wants a password for a request inside the dialog that we can give: then it is to be sent again.
  bool proves(const sip_t* sip, int status, std::string_view method);
  /// The header line with it; empty where none has been asked for.
  std::string proof(std::string_view method);
  std::string target_uri() const;
  void no_answer();
  void acknowledge(nta_outgoing_t* invite, const sip_t* sip, const std::string& credentials);
  void bye(const Ending& ending);
  void send_bye();
  void cancel(const Ending& ending);
  void redirect(const sip_t* sip, int status);
  /// `why` goes into a Warning of a 488, for whoever looks for the reason at the phone.
  void reject(int status, const char* phrase, const std::string& reason, std::string_view why = {});
  void ack_received(const sip_t* sip);

  bool in_order(const sip_t* sip);
  int on_bye(nta_incoming_t* request, const sip_t* sip);
  int on_reinvite(nta_incoming_t* request, const sip_t* sip);
  int on_info(nta_incoming_t* request, const sip_t* sip);
  int on_update(nta_incoming_t* request, const sip_t* sip);
  int on_refer(nta_incoming_t* request, const sip_t* sip);
  void say(int status, const char* phrase, bool last);
  void send_sipfrag();
  bool timer_refuses(nta_incoming_t* request, const sip_t* sip);
  void run_timer(const SessionTerms& terms);
  void agree(const sip_t* sip);
  void session_expired();
  void refresh();
  void send_update(const std::string& lines);
  void refreshed(int status, const sip_t* sip, bool with_body);
  void note_far_end(const sip_t* sip);
  bool acknowledge_provisional(const sip_t* sip);
  bool asks_for_reliable(const sip_t* sip) const;
  template <class... Tags>
  void send_provisional(int status, const char* phrase, Tags... tags);
  void provisional_out(int status, const char* phrase, const std::string& lines, const std::string* body);
  void send_digit();
  void end_reinvite(int status);
  void send_offer();
  void offer_failed(int status);
  void retry_offer();
  /// Remembers how to reach the far end inside the dialog: nta must never resolve a name.
  void note_target(const sip_t* sip);
  url_string_t* hop() const;
  /// For NTATAG_TPORT: the connection of a dialog over TCP. Null: let nta find or make one.
  tport_t* transport();
  /// Whether nobody on the way to the next hop can read what we say.
  bool over_tls() const;
  void open_dialog(bool tcp, FlowId flow, const SocketAddress& peer);

  Result<std::optional<ParsedSdp>> read_body(const sip_t* sip);
  /// Keys in a message that others on the way can read are no secret: what the settings say about that.
  Result<void> judge_keys(MediaDescription& media);
  const std::string& domain() const;
  const FixedHeaders& fixed() const { return host_.stack().headers(); }
  const sip_contact_t* contact() const { return host_.stack().contact(tcp_, flow_, sips_, second_family_); }
  /// Header lines that say to this endpoint who it has reached; empty: nothing to say.
  std::string reached_lines() const;
  std::string write_body(const MediaDescription& media, const ParsedSdp* answering);
  /// "Warning: 399 HOST "TEXT"\r\n" for a 488; empty otherwise (RFC 3261 20.43).
  std::string warning(int status, std::string_view text) const;

  SessionHost& host_;
  const ChannelId channel_;
  const std::string endpoint_;
  const EndpointSettings wishes_;  ///< as they were when the session began
  const bool trusted_;             ///< it may know whom restricted parties are
  SessionState state_ = SessionState::idle;
  bool told_ended_ = false;
  bool keys_judged_ = false;
  bool caller_ = false;  ///< we sent the INVITE, so we own the Call-ID (RFC 3261 14.1 on glare)
  std::string call_id_;
  uint32_t remote_cseq_ = 0;
  FlowId flow_ = 0;  ///< the connection that the dialog uses
  bool tcp_ = false;
  bool second_family_ = false;  ///< the far end is of the family that is served second
  bool sips_ = false;           ///< it was called by a "sips:" address
  bool edge_ = false;           ///< it came by the edge: that connection, or none
  std::string peer_hop_;        ///< "sip:192.0.2.7:5060": where the far end was really seen
  bool pin_to_peer_ = false;    ///< its Contact or Route is a name, or it is behind NAT: send to peer_hop_
  bool behind_nat_ = false;
  Party reached_;           ///< who the caller is shown as the other side
  msg_t* heard_ = nullptr;  ///< the INVITE received, or the last response to ours: for header()
  std::deque<std::pair<char, std::chrono::milliseconds>> digits_due_;
  std::optional<Ending> bye_due_;  ///< hang up as soon as the ACK is there

  nta_leg_t* leg_ = nullptr;
  nta_incoming_t* incoming_ = nullptr;  ///< the INVITE that made the dialog, received
  nta_outgoing_t* outgoing_ = nullptr;  ///< the same, sent
  std::unique_ptr<Attempt> attempt_;    ///< until the INVITE has got its final response
  nta_outgoing_t* info_out_ = nullptr;
  nta_incoming_t* reinvite_in_ = nullptr;
  nta_outgoing_t* reinvite_out_ = nullptr;
  nta_outgoing_t* update_out_ = nullptr;
  nta_outgoing_t* bye_out_ = nullptr;  ///< where its answer may ask for a password
  std::string bye_reason_;
  std::unique_ptr<DigestClient> digest_;  ///< for requests inside the dialog, once one has been asked for
  std::string proof_;                     ///< the answer to the last challenge, until it is sent
  std::string reinvite_proof_;            ///< what the re-INVITE under way has: its ACK has it too (RFC 3261 22.1)
  std::string update_lines_;
  std::pair<char, std::chrono::milliseconds> digit_out_{};
  std::vector<std::pair<std::string, uint32_t>> acknowledged_;  ///< provisional responses of theirs: To tag and the last RSeq
  std::vector<nta_reliable_t*> unacknowledged_;                 ///< provisional responses that wait for their PRACK
  nta_outgoing_t* notify_out_ = nullptr;
  /// The subscription that its REFER has made.
  struct Refer {
    uint32_t id = 0;  ///< CSeq of the REFER
    std::string by;   ///< its Referred-By
    int status = 100;
    const char* phrase = "Trying";
    bool silent = false, due = false, over = false;
  };
  std::unique_ptr<Refer> refer_;

  std::optional<ParsedSdp> their_offer_;  ///< the offer that an answer of ours must fit
  bool offer_in_200_ = false;             ///< the initial INVITE had none
  bool offer_in_reinvite_200_ = false;
  MediaDescription ours_;                      ///< the last description that we sent
  std::optional<MediaDescription> offer_due_;  ///< core's offer that waits (ACK due, glare)
  std::string last_body_;
  SdpLayout layout_;  ///< the m-lines of this dialog so far: they keep their places
  SdpOrigin origin_;
  Timer retry_;
  SessionTimer timer_;
  Timer refresh_again_;
  TermsAnswer terms_;                       ///< what we have agreed to with the last request of theirs
  std::chrono::seconds least_interval_{0};  ///< the Min-SE of a 422
  bool far_end_updates_ = false;            ///< it takes UPDATE
  bool reliable_ = false;                   ///< our provisional responses want a PRACK
};

}  // namespace tandem
