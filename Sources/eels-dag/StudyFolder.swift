import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The folder of a study: a file for each job that is done, and the tables.
struct StudyFolder {
  /// Its path.
  let path: String

  private var jobs: String { "\(path)/jobs" }

  /// Makes the folder where it is not there.
  func make() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: jobs, withIntermediateDirectories: true)
    } catch {
      throw Refusal(
        "\(jobs) cannot be made: is something else of that name there, or is its folder read-only?",
        .temporary)
    }
  }

  /// The record of a job that was done with the same settings by this version; nil else.
  func record(of job: StudyJob) -> StudyJob.Record? {
    guard let data = FileManager.default.contents(atPath: file(of: job)),
      let record = try? JSONDecoder().decode(StudyJob.Record.self, from: data),
      record.version == EELSDAG.version, record.job == job
    else { return nil }
    return record
  }

  /// Keeps a record.
  func keep(_ record: StudyJob.Record) throws {
    try TextFile.write(JSONValue.text(record, pretty: true) + "\n", to: file(of: record.job))
  }

  /// Writes the tables; gives the paths.
  func write(_ tables: StudyTables) throws -> [String] {
    let files = [
      ("\(path)/tables.md", tables.text),
      ("\(path)/tables.json", try JSONValue.text(tables, pretty: true)),
    ]
    for (name, text) in files { try TextFile.write(text + "\n", to: name) }
    return files.map(\.0)
  }

  private func file(of job: StudyJob) -> String { "\(jobs)/\(job.name).json" }
}
