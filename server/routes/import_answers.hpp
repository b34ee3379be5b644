#pragma once

#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/imports/jobs.hpp"

#include <string_view>

namespace keyaki::server {

enum class ReportFormat { json, csv, html };
/// `?f=json|csv|html`, else what Accept prefers; Error invalid_input for another f.
[[nodiscard]] ReportFormat report_format(const http::Request &request);

/// 200 with the report of a finished job.
[[nodiscard]] http::Response report_response(const imports::Job &job, ReportFormat format);
/// The problem of a failed job: 422 for a file that cannot be taken, with the report where there is one; 409, 413, 503, 500 as elsewhere.
[[nodiscard]] http::Response failure_response(const imports::Job &job, ReportFormat format);
/// The job as a resource, with its report when it has one.
[[nodiscard]] http::Response job_response(const imports::Job &job, int status);

} // namespace keyaki::server
