// Trunks: groups of gateways under one name: which of them is asked first, which is up, and who they are when they call. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "outbound_registration.h"
#include "resolver.h"
#include "trunk_peer.h"

namespace tandem {

class Trunk {
 public:
  Trunk(Stack& stack, Loop& loop, Resolver& resolver, TrunkSettings settings, const std::string& user_agent);
  ~Trunk();
  Trunk(const Trunk&) = delete;
  Trunk& operator=(const Trunk&) = delete;

  const TrunkSettings& settings() const { return settings_; }
  /// up: one of its gateways is; down: none of them.
  TrunkState state() const;
  Instant since() const;
  std::optional<Duration> round_trip() const;

  /// Where to send a call, in this order: by priority, by weight among equals; who is down or has said 503 comes last.
  std::vector<const TrunkPeer*> order() const;
  const std::vector<std::unique_ptr<TrunkPeer>>& peers() const { return peers_; }
  /// The gateway there, or from that host if `any_port` (who connects to us comes from any). Null: none of ours.
  TrunkPeer* at(const SocketAddress& address, bool any_port = false) const;
  /// A name among its gateways that DNS has not led anywhere: why not. Empty: all well.
  const std::string& trouble() const { return trouble_; }
  const OutboundRegistration* registration() const { return registration_.get(); }

 private:
  struct Name;
  void resolve(Name& name);
  void resolved(Name& name, const Result<Resolved>& answer);
  void place_peers();

  Stack& stack_;
  Loop& loop_;
  Resolver& resolver_;
  const TrunkSettings settings_;
  const std::string user_agent_;
  std::vector<std::unique_ptr<TrunkPeer>> peers_;
  std::vector<std::unique_ptr<Name>> names_;
  std::string trouble_;
  std::unique_ptr<OutboundRegistration> registration_;
};

class Trunks {
 public:
  Trunks(Stack& stack, Loop& loop, const SipSettings& settings);
  /// Null when there is none of that name.
  Trunk* find(std::string_view name);
  /// The trunk that a gateway at `source` belongs to; `stream`: it has connected to us. Null: nobody's.
  Trunk* at(const SocketAddress& source, bool stream);
  /// True while any trunk answers: then one that is down is not tried.
  bool any_up() const;
  const std::map<std::string, std::unique_ptr<Trunk>, std::less<>>& all() const { return trunks_; }
  /// Takes over another list; trunks that did not change keep their state.
  void reconfigure(const SipSettings& settings);

 private:
  Stack& stack_;
  Loop& loop_;
  Resolver resolver_;
  std::map<std::string, std::unique_ptr<Trunk>, std::less<>> trunks_;
};

}  // namespace tandem
