#include "subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "status.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr unsigned kMostRetries = 3;     // of one NOTIFY, where Retry-After asks for it
constexpr unsigned kLongestRetry = 300;  // seconds

int reply(nta_incoming_t* request, int status, const char* phrase) {
  nta_incoming_treply(request, status, phrase, TAG_END());
  nta_incoming_destroy(request);
  return 0;
}

}  // namespace

Subscription::Subscription(SubscriptionHost& host, std::string device, Subject subject)
    : host_(host), device_(std::move(device)), subject_(std::move(subject)), pace_(host.loop()), expiry_(host.loop()) {}

Subscription::~Subscription() {
  if (out_ != nullptr) nta_outgoing_destroy(out_);
  if (leg_ != nullptr) nta_leg_destroy(leg_);
}

bool Subscription::step(SubscriptionEvent event) {
  const auto next = next_state(state_, event);
  if (!next) return false;
  kLog.line(LogLevel::debug, "{} watches {} of {} ({}): {} -> {} ({})", device_, subject_.event, subject_.resource, call_id_,
            to_string(state_), to_string(*next), to_string(event));
  state_ = *next;
  return true;
}

std::chrono::seconds Subscription::left() const {
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(expires_ - host_.loop().clock().now()));
}

std::string Subscription::event_value() const {
  return subject_.id.empty() ? subject_.event : fmt::format("{};id={}", subject_.event, subject_.id);
}

Result<void> Subscription::accept(msg_t* msg, sip_t* sip, const Origin& origin, std::chrono::seconds expires) {
  nta_agent_t* const agent = host_.stack().agent();
  call_id_ = sip->sip_call_id->i_id;
  remote_cseq_ = sip->sip_cseq->cs_seq;
  path_.open(origin.flow != 0, origin.flow, origin.source, origin.device && origin.device->behind_nat);
  leg_ = nta_leg_tcreate(agent, on_request, this, SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from),
                         TAG_END());
  const char* const tag = leg_ != nullptr ? nta_leg_tag(leg_, nullptr) : nullptr;
  if (tag == nullptr) {
    nta_msg_treply(agent, msg, SIP_500_INTERNAL_SERVER_ERROR, TAG_END());
    return Error{ErrorCode::internal, "no dialog could be made"};
  }
  nta_leg_server_route(leg_, sip->sip_record_route, sip->sip_contact);
  path_.note(leg_, sip);
  contact_ = url_as_string(msg_home(msg), sip->sip_contact->m_url);
  nta_incoming_t* const request = nta_incoming_create(agent, leg_, msg, sip, TAG_END());
  if (request == nullptr) return Error{ErrorCode::internal, "no transaction could be made"};
  nta_incoming_tag(request, tag);
  reply_accepted(request, expires);
  step(expires.count() > 0 ? SubscriptionEvent::accepted : SubscriptionEvent::polled);
  live_for(expires);
  due_ = true;
  send();  // RFC 6665 4.2.1.2: the first one at once
  return {};
}

void Subscription::reply_accepted(nta_incoming_t* request, std::chrono::seconds expires) {
  const std::string seconds = std::to_string(expires.count());
  nta_incoming_treply(request, SIP_200_OK,
                      SIPTAG_CONTACT(host_.stack().headers().contact(path_.tcp(), host_.stack().is_second(path_.far()))),
                      SIPTAG_EXPIRES_STR(seconds.c_str()), TAG_END());
  nta_incoming_destroy(request);
}

void Subscription::live_for(std::chrono::seconds expires) {
  expires_ = host_.loop().clock().now() + expires;
  expiry_.stop();
  if (state_ == SubscriptionState::active) expiry_.start(expires, [this] { end("timeout"); });
}

int Subscription::on_request(void* self, nta_leg_t* /*leg*/, nta_incoming_t* request, const sip_t* sip) {
  auto* const subscription = static_cast<Subscription*>(self);
  if (sip->sip_request->rq_method == sip_method_ack) {
    nta_incoming_destroy(request);
    return 0;
  }
  if (sip->sip_cseq->cs_seq < subscription->remote_cseq_) return reply(request, 500, "CSeq Out Of Order");
  subscription->remote_cseq_ = sip->sip_cseq->cs_seq;
  if (sip->sip_request->rq_method != sip_method_subscribe) return reply(request, SIP_481_NO_TRANSACTION);
  return subscription->refresh(request, sip);
}

// A dialog carries one subscription (RFC 6665 4.5.2): another event in it is refused.
int Subscription::refresh(nta_incoming_t* request, const sip_t* sip) {
  if (state_ != SubscriptionState::active) return reply(request, SIP_481_NO_TRANSACTION);
  const SubscriptionSettings& settings = host_.settings().subscriptions;
  const SubscribeRequest asked = read_subscribe(sip, settings);
  if (asked.status == 423) {
    const std::string least = std::to_string(settings.least.count());
    nta_incoming_treply(request, asked.status, asked.phrase, SIPTAG_MIN_EXPIRES_STR(least.c_str()), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  if (asked.status != 200) return reply(request, asked.status, asked.phrase);
  if (asked.event != subject_.event || asked.id != subject_.id) return reply(request, 403, "One Subscription In A Dialog");
  nta_leg_server_route(leg_, nullptr, sip->sip_contact);
  path_.note(leg_, sip);
  reply_accepted(request, asked.expires);
  if (asked.expires.count() == 0) {
    end("timeout");
    return 0;
  }
  step(SubscriptionEvent::refreshed);
  live_for(asked.expires);
  due_ = true;  // in full, whether anything has changed or not (RFC 6665 4.2.1.3)
  pump();
  return 0;
}

void Subscription::changed() {
  if (state_ != SubscriptionState::active) return;
  due_ = true;
  pump();
}

void Subscription::end(const char* reason) {
  if (!step(SubscriptionEvent::ended)) return;
  reason_ = reason;
  expiry_.stop();
  pace_.stop();
  due_ = true;
  pump();
}

void Subscription::forget() { lose("it has subscribed anew"); }

void Subscription::pump() {
  if (!due_ || out_ != nullptr || pace_.running()) return;
  if (state_ == SubscriptionState::closing) return send();
  const Instant now = host_.loop().clock().now();
  const Duration wait = std::max(next_ - now, host_.wait_for_place(device_));
  pace_.start(std::max(wait, Duration(0)), [this] { send(); });
}

void Subscription::send() {
  if (out_ != nullptr || state_ == SubscriptionState::closed) return;
  due_ = false;
  auto body = host_.body_of(*this);
  if (!body && step(SubscriptionEvent::ended)) {
    reason_ = body.error().code == ErrorCode::forbidden ? "rejected" : "noresource";
    expiry_.stop();
  }
  last_out_ = state_ == SubscriptionState::closing;
  FlowId flow = path_.flow();
  if (path_.tcp()) {
    flow = host_.flow_to(device_, flow);
    if (flow == 0) return lose("its connection has gone");
    path_.set_flow(flow);
  }
  const std::string state =
      last_out_ ? fmt::format("terminated;reason={}", reason_) : fmt::format("active;expires={}", std::max<int64_t>(left().count(), 1));
  const std::string event = event_value();
  out_ = nta_outgoing_tcreate(leg_, on_response, this, path_.hop(), SIP_METHOD_NOTIFY, nullptr,
                              NTATAG_TPORT(path_.tcp() ? host_.stack().flows().transport(flow) : nullptr),
                              SIPTAG_CONTACT(host_.stack().headers().contact(path_.tcp(), host_.stack().is_second(path_.far()))),
                              SIPTAG_EVENT_STR(event.c_str()), SIPTAG_SUBSCRIPTION_STATE_STR(state.c_str()),
                              SIPTAG_USER_AGENT_STR(host_.settings().user_agent.c_str()),
                              TAG_IF(body, SIPTAG_CONTENT_TYPE_STR(subject_.type.c_str())),
                              TAG_IF(body, SIPTAG_PAYLOAD_STR(body ? body->c_str() : nullptr)), TAG_END());
  if (out_ == nullptr) return lose("no NOTIFY can be sent to it");
  ++version_;
  next_ = host_.loop().clock().now() + host_.settings().subscriptions.interval;
}

int Subscription::on_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto* const subscription = static_cast<Subscription*>(self);
  nta_outgoing_destroy(std::exchange(subscription->out_, nullptr));
  subscription->answered(status, sip);
  return 0;
}

void Subscription::answered(int status, const sip_t* sip) {
  const bool was_last = std::exchange(last_out_, false);
  if (was_last && step(SubscriptionEvent::last_sent)) return host_.finished(*this);
  if (status < 300) {
    retries_ = 0;
    return pump();
  }
  const sip_retry_after_t* const later = sip != nullptr ? sip->sip_retry_after : nullptr;
  if (ends_subscription(status, later != nullptr) || ++retries_ > kMostRetries)
    return lose(status == 408 ? "it does not answer" : phrase_of(status));
  due_ = true;
  if (state_ == SubscriptionState::closing) return lose("it cannot be told of the end now");
  next_ = host_.loop().clock().now() + std::chrono::seconds(std::clamp<unsigned long>(later->af_delta, 1, kLongestRetry));
  pump();
}

void Subscription::lose(const char* why) {
  if (!step(SubscriptionEvent::lost)) return;
  kLog.line(LogLevel::info, "{} watches {} of {} no longer: {}", device_, subject_.event, subject_.resource, why);
  pace_.stop();
  expiry_.stop();
  host_.finished(*this);
}

}  // namespace tandem
