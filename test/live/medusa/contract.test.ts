import { connectorContract } from '../../contract/connector.ts';
import { subject } from './subject.ts';

connectorContract(subject);
