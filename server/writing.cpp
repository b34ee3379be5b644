#include "server/writing.hpp"

#include "geo/error.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/routes/json_body.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

namespace keyaki::server {

namespace {

/// Seconds: the writer itself asks each second whether there is room again; the others wait for an operator.
constexpr std::string_view retry_full_disk = "5";
constexpr std::string_view retry_stopped = "60";

http::Response refusal(std::string_view detail, std::string_view slug, std::string_view retry_after_s) {
    return http::problem(503, {}, detail, slug).with("Retry-After", std::string(retry_after_s));
}

} // namespace

std::optional<http::Response> why_nothing_is_written(data::Store &store) {
    const data::WriterStatistics writer = store.writer_statistics();
    if (writer.is_read_only) {
        return refusal("The database can only be read, so nothing can be changed until its operator puts that right; the map is served.", "read-only",
                       retry_stopped);
    }
    if (writer.is_stopped) {
        return refusal("The database takes no changes until keyaki is started again, because its disk failed; the map is served.", "writing-stopped",
                       retry_stopped);
    }
    if (writer.is_disk_full) {
        return refusal(
            "The disk of the database is full: nothing can be changed until there is room, and then it goes on by itself; the map is served.",
            "disk-full", retry_full_disk);
    }
    return std::nullopt;
}

http::Response answer_writing(data::Store &store, const http::Request &request, const std::function<http::Response()> &handler) {
    try {
        return handler();
    } catch (const FieldErrors &errors) {
        return problem_of_fields(errors);
    } catch (const geo::Error &error) {
        auto refusal = error.kind() == geo::ErrorKind::unavailable ? why_nothing_is_written(store) : std::nullopt;
        if (!refusal) {
            throw;
        }
        spdlog::error("request {}: {}", request.request_id, error.what());
        return *std::move(refusal);
    }
}

} // namespace keyaki::server
