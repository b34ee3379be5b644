#include "data/ledger_chain.hpp"

#include "data/sha256.hpp"

#include <cassert>
#include <cstdint>
#include <limits>
#include <optional>

namespace keyaki::data {
namespace {

constexpr std::string_view format_name = "keyaki-ledger-1";

template <typename Unsigned>
void append_big_endian(std::string &bytes, Unsigned value) {
    for (int shift = std::numeric_limits<Unsigned>::digits - 8; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
    }
}

void append_text(std::string &bytes, std::string_view text) {
    assert(text.size() <= std::numeric_limits<std::uint32_t>::max());
    append_big_endian(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
}

void append_integer(std::string &bytes, std::int64_t value) {
    append_big_endian(bytes, std::uint32_t{8});
    append_big_endian(bytes, static_cast<std::uint64_t>(value));
}

} // namespace

std::string_view transfer_state_name(TransferState state) noexcept {
    switch (state) {
    case TransferState::posted: return "posted";
    case TransferState::pending: return "pending";
    case TransferState::voided: return "voided";
    case TransferState::expired: return "expired";
    }
    return "unknown";
}

std::string canonical_entry(const Transfer &transfer, std::string_view unit) {
    const TransferRequest &request = transfer.request;
    std::string bytes;
    bytes.reserve(512);
    append_text(bytes, format_name);
    append_integer(bytes, static_cast<std::int64_t>(transfer.sequence));
    append_text(bytes, request.id);
    append_text(bytes, request.debit_account);
    append_text(bytes, request.credit_account);
    append_text(bytes, unit);
    append_integer(bytes, request.amount);
    append_text(bytes, request.code);
    append_text(bytes, request.reference);
    append_text(bytes, transfer_state_name(transfer.state));
    append_integer(bytes, request.timeout_s);
    if (request.expires_at_us) {
        append_integer(bytes, *request.expires_at_us);
    } else {
        append_text(bytes, {});
    }
    if (transfer.resolves) {
        append_integer(bytes, static_cast<std::int64_t>(*transfer.resolves));
    } else {
        append_text(bytes, {});
    }
    append_integer(bytes, transfer.time_us);
    return bytes;
}

Hash chain_hash(const Hash &previous, const Transfer &transfer, std::string_view unit) {
    const std::string_view previous_bytes(reinterpret_cast<const char *>(previous.data()), previous.size());
    return sha256(previous_bytes, canonical_entry(transfer, unit));
}

} // namespace keyaki::data
