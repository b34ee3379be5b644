#pragma once

#include "data/outbox.hpp"
#include "data/store.hpp"
#include "server/access/options.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::delivery {

/// Who wants to be told, and of what.
struct Registration {
    std::string url;
    std::vector<std::string> types; ///< empty for all
    data::Signing signing = data::Signing::ed25519;
};

/// Error invalid_input for an address that is none, or that holds a user or a fragment; and for one without TLS where the setting webhook_networks
/// (`networks`) names none: it would be told nothing, ever. Else, which addresses may be reached is the guard's matter, when it is known to what the
/// name leads.
void require_receiver(const Registration &wanted, const std::vector<access::Network> &networks);
/// The body of POST /webhooks, read strictly. FieldErrors. register_webhook() asks for the rest.
[[nodiscard]] Registration parse_registration(std::string_view body);

/// Makes it, with a secret of its own; events from now on. Error conflict where there are as many as may be.
[[nodiscard]] data::Webhook register_webhook(data::Store &store, const Registration &wanted, const std::vector<access::Network> &networks,
                                             std::string_view author, std::int64_t now_us);

[[nodiscard]] nlohmann::ordered_json webhook_json(const data::WebhookFigures &figures);
/// With the key that checks signatures, which is shown this once.
[[nodiscard]] nlohmann::ordered_json registered_json(const data::Webhook &webhook);
[[nodiscard]] nlohmann::ordered_json dead_letter_json(const data::DeadLetter &letter);

} // namespace keyaki::server::delivery
