#include "tests/server/check_ins/phone_key.hpp"

#include "server/flows/offline_tickets.hpp"
#include "server/rally/device_proof.hpp"

#include <catch2/catch.hpp>

#include <memory>

namespace keyaki::test {

using nlohmann::json;

namespace {

std::string hex(std::span<const unsigned char> bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        text += {"0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]};
    }
    return text;
}

} // namespace

PhoneKey::PhoneKey() : m_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) { REQUIRE(m_key != nullptr); }

PhoneKey::~PhoneKey() { EVP_PKEY_free(m_key); }

std::string PhoneKey::public_hex() const {
    std::array<unsigned char, 32> bytes{};
    std::size_t length = bytes.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(m_key, bytes.data(), &length) == 1);
    return hex(bytes);
}

std::string PhoneKey::sign_hex(const std::string &message) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, 64> signature{};
    std::size_t length = signature.size();
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key) == 1);
    REQUIRE(EVP_DigestSign(context.get(), signature.data(), &length, reinterpret_cast<const unsigned char *>(message.data()), message.size()) == 1);
    return hex(signature);
}

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
