#pragma once

#include "data/ledger.hpp"
#include "server/application.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/json_reader.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// What the routes of the ledger have in common.
namespace keyaki::server {

/// Who may post: the refusal where the key lacks the scope (for this shop, where one is named), the query holds something, or the body is not JSON.
/// An empty body passes.
[[nodiscard]] std::optional<http::Response> refuse_ledger_body(Application &application, const http::Request &request,
                                                               std::initializer_list<std::string_view> scopes, std::string_view shop);

/// The id that a client gives a new transfer: the field "id", refused where it is one that the server might need itself.
[[nodiscard]] std::string read_transfer_id(ObjectReader &fields);

/// 201 with the entry and Location for `created`; 200 with Idempotent-Replayed for `exists`; else a problem whose type names the outcome:
/// 409 where there are not enough points or the transfer has ended otherwise, 404 where it is not there, 422 for what no repeat will change.
[[nodiscard]] http::Response answer_of(const data::TransferResult &result);
[[nodiscard]] http::Response answer_of(const data::EndResult &result);
[[nodiscard]] http::Response answer_of(const data::ReverseResult &result);

/// Answers about accounts are nobody else's to keep.
[[nodiscard]] http::Response private_ledger_json(int status, std::string body);
/// A sequence that was seen, from 0. Error invalid_input.
[[nodiscard]] std::uint64_t parse_sequence(std::string_view text);
/// An instant of the query as Unix time in microseconds. Error invalid_input that names the parameter.
[[nodiscard]] std::int64_t parse_instant(std::string_view name, std::string_view text);

} // namespace keyaki::server
