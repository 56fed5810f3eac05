package org.patientkontrakt.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * Judges resources by HL7's reference validator: one resource a line in, one JSON array of issues a line out.
 *
 * <p>Arguments are folders of conformance resources (our own package) that profiles may come from. Works
 * offline: terminology is what FHIR R4 itself publishes, and codes of systems that it does not know pass
 * with a warning.
 */
public final class Judge {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int THREADS = 2;
  private static final int AHEAD = 64;

  private Judge() {}

  public static void main(String[] folders) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // what libraries print must not come between the verdicts
    FhirValidator validator = validator(FhirContext.forR4(), folders);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    Deque<Future<String>> verdicts = new ArrayDeque<>();
    try {
      judge(in, out, validator, threads, verdicts);
    } finally {
      threads.shutdownNow(); // else threads that wait for work keep the process, and whoever waits for it
    }
  }

  private static void judge(
      BufferedReader in,
      PrintStream out,
      FhirValidator validator,
      ExecutorService threads,
      Deque<Future<String>> verdicts)
      throws Exception {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String resource = line;
      verdicts.add(threads.submit(() -> verdict(validator, resource)));
      while (verdicts.size() >= AHEAD || (!verdicts.isEmpty() && !in.ready())) {
        out.println(verdicts.remove().get());
        out.flush();
      }
    }
    while (!verdicts.isEmpty()) {
      out.println(verdicts.remove().get());
    }
    out.flush();
  }

  private static FhirValidator validator(FhirContext context, String[] folders) throws IOException {
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
    unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
    IValidationSupport support =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            own(context, folders),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context),
            unknown);
    FhirInstanceValidator module = new FhirInstanceValidator(support);
    module.setAnyExtensionsAllowed(true);
    module.setErrorForUnknownProfiles(false);
    module.setAssumeValidRestReferences(true);
    module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
    FhirValidator validator = context.newValidator();
    validator.registerValidatorModule(module);
    return validator;
  }

  private static IValidationSupport own(FhirContext context, String[] folders) throws IOException {
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(context);
    for (String folder : folders) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        List<Path> found = files.filter(Judge::isConformance).sorted().toList();
        for (Path file : found) {
          IBaseResource resource = context.newJsonParser().parseResource(Files.readString(file));
          own.addResource(resource);
        }
      }
    }
    return own;
  }

  private static boolean isConformance(Path file) {
    return file.getFileName().toString().matches("(StructureDefinition|CodeSystem|ValueSet)-.*\\.json");
  }

  private static String verdict(FhirValidator validator, String resource) {
    ArrayNode issues = JSON.createArrayNode();
    try {
      validator.validateWithResult(resource).getMessages().forEach(message -> issues.add(issue(message)));
    } catch (RuntimeException | Error thrown) { // it throws on some input that is not FHIR: that is a verdict too
      if (thrown instanceof VirtualMachineError) {
        throw thrown;
      }
      issues.addObject().put("severity", "error").put("path", "").put("text", "thrown: " + thrown).put("id", "");
    }
    return issues.toString();
  }

  private static ObjectNode issue(SingleValidationMessage message) {
    ObjectNode issue = JSON.createObjectNode();
    issue.put("severity", String.valueOf(message.getSeverity().getCode()));
    issue.put("path", message.getLocationString());
    issue.put("text", message.getMessage());
    issue.put("id", message.getMessageId());
    return issue;
  }
}
