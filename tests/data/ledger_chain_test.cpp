#include "data/ledger_chain.hpp"

#include "data/sha256.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace keyaki::data;

namespace {

struct Line {
    std::string name, value, bytes;
};

std::string without_spaces(std::string text) {
    text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; }), text.end());
    return text;
}

std::string hex_of(std::string_view bytes) {
    std::ostringstream out;
    for (const char byte : bytes) {
        out << "0123456789abcdef"[static_cast<unsigned char>(byte) / 16] << "0123456789abcdef"[static_cast<unsigned char>(byte) % 16];
    }
    return out.str();
}

/// The lines of each ```entry block of data/ledger-format.md.
std::vector<std::vector<Line>> worked_example() {
    std::ifstream in(keyaki::test::project_file("data/ledger-format.md"));
    std::vector<std::vector<Line>> entries;
    bool inside = false;
    for (std::string text; std::getline(in, text);) {
        if (text == "```entry") {
            entries.emplace_back();
            inside = true;
        } else if (text == "```") {
            inside = false;
        } else if (inside) {
            const std::size_t first = text.find(" |");
            const std::size_t second = text.find("| ", first + 2);
            REQUIRE(second != std::string::npos);
            std::string value = second > first + 3 ? text.substr(first + 3, second - first - 4) : "";
            entries.back().push_back({text.substr(0, first), value, without_spaces(text.substr(second + 1))});
        }
    }
    return entries;
}

Transfer transfer_of(const std::map<std::string, std::string> &values) {
    Transfer transfer;
    transfer.sequence = std::stoull(values.at("sequence"));
    transfer.request.id = values.at("id");
    transfer.request.debit_account = values.at("debit_account");
    transfer.request.credit_account = values.at("credit_account");
    transfer.request.amount = std::stoll(values.at("amount"));
    transfer.request.code = values.at("code");
    transfer.request.reference = values.at("reference");
    transfer.state = values.at("state") == "pending" ? TransferState::pending : TransferState::posted;
    transfer.request.pending = transfer.state == TransferState::pending;
    transfer.request.timeout_s = std::stoll(values.at("timeout_s"));
    if (values.at("expires_at_us") != "(none)") {
        transfer.request.expires_at_us = std::stoll(values.at("expires_at_us"));
    }
    transfer.time_us = std::stoll(values.at("time_us"));
    return transfer;
}

Transfer example() {
    Transfer transfer;
    transfer.sequence = 7;
    transfer.request = {"id", "budget:walk", "member:a", 10, "award", "01J", false, 0, {}};
    transfer.time_us = 99;
    return transfer;
}

} // namespace

TEST_CASE("the worked example of ledger-format.md comes out as written") {
    const auto entries = worked_example();
    REQUIRE(entries.size() == 2);
    Hash previous{};
    for (const std::vector<Line> &lines : entries) {
        REQUIRE(lines.size() == 16);
        std::map<std::string, std::string> values;
        std::string bytes;
        for (const Line &line : lines) {
            values[line.name] = line.value;
            bytes += line.name == "hash" || line.name == "previous hash" ? "" : line.bytes;
        }
        const Transfer transfer = transfer_of(values);
        CHECK(hex_of(canonical_entry(transfer, values.at("unit"))) == bytes);
        CHECK(lines[14].bytes == to_hex(previous));
        previous = chain_hash(previous, transfer, values.at("unit"));
        CHECK(lines[15].bytes == to_hex(previous));
    }
}

TEST_CASE("every field changes the canonical entry") {
    std::set<std::string> seen = {canonical_entry(example(), "nin"), canonical_entry(example(), "childcare")};
    const auto add = [&](auto change) {
        Transfer transfer = example();
        change(transfer);
        seen.insert(canonical_entry(transfer, "nin"));
    };
    add([](Transfer &t) { t.sequence = 8; });
    add([](Transfer &t) { t.request.id = "other"; });
    add([](Transfer &t) { t.request.debit_account = "budget:swim"; });
    add([](Transfer &t) { t.request.credit_account = "member:b"; });
    add([](Transfer &t) { t.request.amount = 11; });
    add([](Transfer &t) { t.request.code = "bonus"; });
    add([](Transfer &t) { t.request.reference = ""; });
    add([](Transfer &t) { t.state = TransferState::pending; });
    add([](Transfer &t) { t.request.timeout_s = 1; });
    add([](Transfer &t) { t.request.expires_at_us = 0; });
    add([](Transfer &t) { t.request.expires_at_us = 1; });
    add([](Transfer &t) { t.time_us = 100; });
    CHECK(seen.size() == 14);
}

TEST_CASE("a byte that moves from one field to the next changes the canonical entry") {
    Transfer left = example();
    left.request.code = "award0";
    left.request.reference = "1J";
    CHECK(canonical_entry(left, "nin") != canonical_entry(example(), "nin"));
}

TEST_CASE("the same entry after another entry has another hash") {
    Hash other{};
    other[31] = 1;
    CHECK(chain_hash(Hash{}, example(), "nin") != chain_hash(other, example(), "nin"));
}
