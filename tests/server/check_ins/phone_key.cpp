#include "tests/server/check_ins/phone_key.hpp"

#include "server/flows/offline_tickets.hpp"
#include "server/identifiers.hpp"
#include "server/rally/device_proof.hpp"

namespace keyaki::test {

using nlohmann::json;

PhoneKey::PhoneKey() : DeviceKey(server::make_secret()) {}

std::string ticket_for(SmallCity &city, const PhoneKey &key, const std::string &member, const json &spots) {
    const json body{{"member", member}, {"device_key", key.public_hex()}, {"spots", spots}};
    return json::parse(server::issue_offline_ticket(*city.store, city.flow->spots(), *city.rallies->find("r"), body.dump(), city.now_us))["ticket"];
}

json signed_body(SmallCity &city, const PhoneKey &key, const std::string &ticket, const Visit &visit) {
    json body = city.body_of(visit);
    const auto request = server::parse_check_in(body.dump());
    body["ticket"] = {{"id", ticket}, {"signature", key.sign_hex(server::rally::offline_message(ticket, visit.spot, request.plain_fixes()))}};
    return body;
}

} // namespace keyaki::test
