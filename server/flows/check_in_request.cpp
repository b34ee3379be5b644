#include "server/flows/check_in.hpp"

#include "data/sha256.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/nfc_tap.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace keyaki::server {

namespace {

/// Metres: what no phone reports. Approximate-location permission shows as some kilometres.
constexpr double max_accuracy_m = 10'000'000;
/// Metres above and below the sea, metres a second: what no phone on Earth reports.
constexpr double max_altitude_m = 100'000;
constexpr double max_speed_mps = 10'000;

std::string pseudonym(ObjectReader &reader, std::string_view name, bool is_required) {
    std::string text = is_required ? reader.text(name, 64) : reader.optional_text(name, 64).value_or("");
    if (!text.empty() && !is_pseudonym(text)) {
        reader.refuse(name, "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    return text;
}

rally::SentFix read_fix(const nlohmann::json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    rally::SentFix sent;
    sent.fix.position.lon_deg = reader.number("lon", -180, 180);
    sent.fix.position.lat_deg = reader.number("lat", -90, 90);
    if (const nlohmann::json *accuracy = reader.optional("accuracy_m"); accuracy != nullptr) {
        // Zero and less are what some phones send when they do not know: no evidence, but not a wrong request (checkin.md, section 2, step 1).
        if (!accuracy->is_number() || !(std::abs(accuracy->get<double>()) <= max_accuracy_m)) {
            reader.refuse("accuracy_m", "expected metres as a number");
        } else {
            sent.fix.accuracy_m = accuracy->get<double>();
        }
    }
    sent.fix.taken_at_ms = reader.timestamp_us("taken_at") / 1000;
    sent.fix.mocked = reader.optional_boolean("mocked").value_or(false);
    sent.accessory = reader.optional_boolean("accessory").value_or(false);
    sent.altitude_m = reader.optional_number("altitude_m", -max_altitude_m, max_altitude_m);
    sent.speed_mps = reader.optional_number("speed_mps", -max_speed_mps, max_speed_mps);
    sent.bearing_deg = reader.optional_number("bearing_deg", -360, 360);
    reader.finish();
    return sent;
}

/// Whom the staff sees need not send any.
std::vector<rally::SentFix> read_fixes(ObjectReader &reader, bool is_required, std::vector<FieldError> &errors) {
    std::vector<rally::SentFix> fixes;
    const nlohmann::json *list = is_required ? reader.required("fixes") : reader.optional("fixes");
    if (list == nullptr) {
        return fixes;
    }
    if (!list->is_array() || (is_required && list->empty()) || list->size() > max_fixes) {
        reader.refuse("fixes", fmt::format("expected a list of 1 to {} fixes, found {}", max_fixes,
                                           list->is_array() ? fmt::format("{}", list->size()) : std::string("no list")));
        return fixes;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        fixes.push_back(read_fix((*list)[i], fmt::format("/fixes/{}", i), errors));
    }
    return fixes;
}

void read_hex_field(ObjectReader &reader, const char *name, std::span<std::uint8_t> into) {
    const std::string text = reader.text(name, 2 * into.size());
    if (!text.empty() && !rally::read_hex(text, into)) {
        reader.refuse(name, fmt::format("expected {} hexadecimal digits", 2 * into.size()));
    }
}

std::optional<SentTap> read_tap(const nlohmann::json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/evidence/nfc", errors);
    SentTap tap;
    std::array<std::uint8_t, 3> counter{};
    read_hex_field(reader, "uid", tap.uid);
    read_hex_field(reader, "counter", counter);
    read_hex_field(reader, "mac", tap.mac);
    reader.finish();
    // As the tag mirrors it into the address: the most significant byte first (AN12196).
    tap.counter = static_cast<std::uint32_t>(counter[0]) << 16U | static_cast<std::uint32_t>(counter[1]) << 8U | counter[2];
    return tap;
}

std::optional<SentTicket> read_ticket(const nlohmann::json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/ticket", errors);
    SentTicket ticket;
    ticket.id = pseudonym(reader, "id", true);
    read_hex_field(reader, "signature", ticket.signature);
    reader.finish();
    return ticket;
}

std::optional<SentProof> read_proof(const nlohmann::json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/proof", errors);
    SentProof proof;
    read_hex_field(reader, "key", proof.key);
    proof.counter = reader.integer("counter", 0, rally::max_device_counter);
    read_hex_field(reader, "signature", proof.signature);
    reader.finish();
    return proof;
}

void read_evidence(const nlohmann::json *value, std::vector<FieldError> &errors, CheckInRequest &request) {
    if (value == nullptr) {
        return;
    }
    ObjectReader reader(*value, "/evidence", errors);
    request.quiz = reader.optional_text("quiz", rally::max_answer_bytes);
    request.riddle = reader.optional_text("riddle", rally::max_answer_bytes);
    request.code = reader.optional_text("code", 16);
    request.qr = reader.optional_text("qr", 64);
    request.nfc = read_tap(reader.optional("nfc"), errors);
    request.staff = reader.optional_boolean("staff").value_or(false);
    reader.finish();
}

} // namespace

std::vector<geo::Fix> CheckInRequest::plain_fixes() const {
    std::vector<geo::Fix> plain;
    for (const rally::SentFix &sent : fixes) {
        plain.push_back(sent.fix);
    }
    return plain;
}

CheckInRequest parse_check_in(std::string_view body) {
    const nlohmann::json document = parse_json(body, "the check-in");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "", errors);
    CheckInRequest request;
    request.member = pseudonym(reader, "member", true);
    request.rally = reader.text("rally", 64);
    request.spot = reader.text("spot", 600);
    request.platform = geo::platform_of(reader.optional_one_of("platform", {"android", "ios", "web", "unknown"}).value_or("unknown"));
    request.device = pseudonym(reader, "device", false);
    read_evidence(reader.optional("evidence"), errors, request);
    request.fixes = read_fixes(reader, !request.staff, errors);
    if (const auto integrity = reader.optional_one_of("integrity", {"passed", "failed"})) {
        request.integrity = *integrity == "passed";
    }
    request.ticket = read_ticket(reader.optional("ticket"), errors);
    request.proof = read_proof(reader.optional("proof"), errors);
    if (request.proof && request.device.empty()) {
        reader.refuse("device", "is required where a device's proof is sent, and is missing");
    }
    request.course = reader.optional_text("course", 64).value_or("");
    request.run = pseudonym(reader, "run", false);
    if (!request.run.empty() && request.course.empty()) {
        reader.refuse("course", "is required where a run is named, and is missing");
    }
    reader.finish();
    if (!errors.empty()) {
        throw FieldErrors("the check-in", std::move(errors));
    }
    // error_handler_t::replace: a lone surrogate cannot be dumped as UTF-8, and the hash only has to be the same for the same document.
    request.body_hash = data::to_hex(data::sha256(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    return request;
}

} // namespace keyaki::server
